// Package audit turns what Azure writes about vaults into typed records: who did what to which object of which vault,
// from where, with what outcome. It reads every wrapping the log arrives in and refuses nothing but what is not JSON:
// records of other services are counted as skipped, broken ones as malformed with a reason.
//
// Start reading at [Record].
package audit
