// Package sweep is the timer's job: what must be done every minute whether or not records come.
//
//	lists    refresh the address lists that are due                     lists.go
//	settle   let the verdicts fall that the clock allows, save memory   package pipeline
//	queue    see to it that every late alert stands in the outbox       queue.go
//	deliver  tell what is to be told                                    package notify
//	forget   remove what is old, in bounded slices                      steps.go
//	watch    find what is late, stale or failing                        concerns.go
//
// and then write down how all this went: the health document (health.go).
//
// Each step has its share of the time and runs whatever became of the others: a feed that is down must not keep verdicts
// from falling, nor a verdict that fails the mail. A run that is late, missing or doubled does no harm: judging and
// delivering have leases, lists are written under their version, and everything else may be done twice.
//
// It refuses to judge, to decide what is told, and to keep its own books of what was done: it asks the parts, which know.
//
// Start reading at [Sweep.Run].
package sweep
