// Package audit turns what Azure writes about vaults into typed records: who did what to which object of which vault,
// from where, with what outcome. It reads every wrapping the log arrives in and refuses nothing but what is not JSON:
// records of other services are counted as skipped, broken ones as malformed with a reason.
//
// Bytes in, values out: it opens no file, asks no clock and logs nothing.
//
// Start reading at [Record], then [Parser.Body]. A body goes through three hands: [Splitter] cuts it into records by
// structure alone, view (view.go) spreads one record out by meaning whatever its spelling, and vaultlog.go or
// activity.go make a Record of it. Most records skip the first hand: quick.go does its work and half of the second's.
package audit
