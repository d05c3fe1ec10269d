// Package pack assembles the deployment package of the function app and checks it the way the host reads it.
//
// It refuses to ship what the host would not find or not start: functions deeper than one folder, an executable at
// another path than host.json names, a binary that needs a C library. It publishes nothing itself.
//
// Start reading at Assemble; Verify is its opposite.
package pack
