// Package notify tells people and other programs about alerts. It groups alerts into incidents, writes the mail a
// person can act on, decides what each channel must be told now and what may wait for the digest, and keeps the outbox
// that makes telling survive a crash.
//
// It never judges: severity and reasons come with the alert. It never drops: what a channel is not told at once is
// named in its digest, and what could not be delivered is tried again and reported. Delivery is at least once: a crash
// between sending and marking repeats a message, it never loses one. Every message has an ID by which receivers can
// recognise a repetition.
//
// Start reading at [Channel], then [Plan] (the policy, pure) and [Outbox] (the steps around it). The adapters live one
// a folder beside this file and are held to the port by package notifytest.
package notify
