// Package rivals holds other public ways to find trouble in Key Vault logs, written down in our own words and code with
// the thresholds their authors chose, so that numbers about our own can be held against something.
//
// Each is one pure function over records in order of event time. None is tuned to our data, none learns from labels,
// and where a published rule groups results vaguely we read it in its favour. They are comparisons, never detections of
// this program.
//
// Start reading at [All].
package rivals
