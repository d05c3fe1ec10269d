// Package scenario is the small language in which stories about vaults are told, for the examples of the detections,
// for tests and for the documentation. A story is text; it becomes audit records, and says which alerts it expects.
//
//	every workday 10:00 for 20 days: alice portal office kv-pay get db-password
//	day 21 03:10 alice cli tor kv-pay list secrets
//	+20s alice cli tor kv-pay get s01..s09
//	expect KV_ListGetAnomaly alice kv-pay
//
// A line is a time, then who, with which tool, from where, on which vault, does what. The words are listed at [Parse].
// When a story needs an "if", write Go instead.
package scenario
