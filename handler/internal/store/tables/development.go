package tables

import (
	"fmt"
	"strings"
)

// AzuriteAccount is the account that every Azurite has.
const AzuriteAccount = "devstoreaccount1"

const (
	// azuriteKey is its key, which is public and opens nothing else.
	azuriteKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	// azuriteOrigin is where its table service listens unless it is told otherwise.
	azuriteOrigin = "http://127.0.0.1:10002"
)

// DevelopmentStorage is what Azure's tools call an Azurite on this machine, on its usual ports.
const DevelopmentStorage = "UseDevelopmentStorage=true"

// AzuriteAt is the connection string of an Azurite's table service at an origin such as http://127.0.0.1:10002.
func AzuriteAt(origin string) string {
	return fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;TableEndpoint=%s/%s;",
		AzuriteAccount, azuriteKey, origin, AzuriteAccount)
}

// expand spells out DevelopmentStorage, which the SDK for Go does not know.
func expand(connectionString string) string {
	if strings.EqualFold(strings.TrimSuffix(strings.TrimSpace(connectionString), ";"), DevelopmentStorage) {
		return AzuriteAt(azuriteOrigin)
	}
	return connectionString
}
