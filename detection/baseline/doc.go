// Package baseline remembers what is normal: for every vault, for every principal on a vault, and for every principal
// across vaults. It answers the questions detections ask ("was this network seen before?", "how many reads an hour are
// usual?") and judges nothing.
//
// Memory is a fold: records go in one at a time, in event-time order as far as the caller can see to it, first through
// [Estate.Note] (the windows that a verdict looks at) and, once the verdict is known, through [Estate.Learn] (what will
// count as usual from now on). Every remembered set has a cap and an age, so that no attacker can fill it up.
//
// Start reading at [Estate].
package baseline
