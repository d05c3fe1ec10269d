package detection

// Settings are what an operator may say about vaults. The zero value says nothing.
type Settings struct {
	// Canaries are objects nobody should ever touch, by vault name and object name, both lower-case.
	Canaries map[Canary]bool
}

// Canary names a bait object. An empty Object makes the whole vault bait.
type Canary struct{ Vault, Object string }
