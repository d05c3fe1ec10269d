// Package pipeline takes a batch of events from the host to durable alerts. It is the only place that knows the order of
// the steps:
//
//	open    the events of a batch, with their place in the stream           (package invoke)
//	parse   every body into records; what cannot be read becomes a dead letter
//	keep    records, position and dead letters together, or nothing        inbox.go
//	queue   the records by event time, each once                           detection.Queue
//	settle  what no earlier record can change any more                     watermark.go, detection.Engine
//	raise   the alerts, durably                                            alerts.go
//	save    the memory now and then, so that a start need not read all     due.go, checkpoint.go
//
// The inbox is a write-ahead log: memory is never more than a fold over it, in event-time order. That is why a crash
// between any two steps, a batch delivered twice and records dealt over many partitions end in the same memory and the
// same alerts.
//
// Start reading at [Pipeline.Batch].
package pipeline
