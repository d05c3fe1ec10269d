package pipeline

// CollectorPace is the garbage, in percent of what is in use, that a server lets pile up before it is collected (Go's
// GOGC). Half of what Go would wait for by itself takes a sixth off the most memory ever taken and no time that can be
// measured, since a batch leaves next to no garbage; a replay, which reads a file as fast as it can, leaves more, and
// would pay for it.
const CollectorPace = 50
