// Package month invents an organisation and tells a stretch of its life as Key Vault audit logs: its vaults, people,
// workloads, pipelines, scanners, backups and pollers, with attacks and everyday stories put in between, and labels
// that say what a good judge must, may and must not raise.
//
// It refuses to be random: equal plans give equal bytes, on every machine. It knows no clock, no file and nothing of
// the engine, so that it can be held against it. Memory does not grow with the length of the tale: days are made one
// at a time.
//
// Start reading at [Make] and [Plan]; a story to copy is in attack_dump.go; the list of all stories is in stories.go.
package month
