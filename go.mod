module github.com/vaultwatch/vaultwatch

go 1.26
