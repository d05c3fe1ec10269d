// Package triage keeps what people decided about alerts: their status, the rules that silence them, and who did what
// when. It decides purely what a decision means for an alert ([Book.Status], [Rule.Silences]); whoever delivers alerts
// asks it, and the judge takes its lessons in ([Lessons]).
//
// It refuses rules without an end and without a condition, and it never takes an alert away: a silenced alert is shown
// as silenced. Every change is written together with its audit row, in one commit, or not at all.
//
// All of it stands in one partition of the store, so that a page learns everything in one round trip:
//
//	audit/<inverted time>/<random>   an [Action], newest first
//	lesson/<alert>/<time>            a [Teaching]
//	rule/<id>                        a [Rule]
//	secret                           the key of the console's form tokens
//	status/<target>                  a [Mark]
//
// Start reading at [Load].
package triage
