// Package detection judges: it holds audit records against what is remembered of vaults and principals, and says what
// is wrong and why. It is pure: records and memory in, alerts and memory out. It knows no clock, no network, no store.
package detection
