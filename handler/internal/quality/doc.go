// Package quality measures a judge: it holds alerts against the labels of a stretch of records whose truth is known,
// and says which requirements were met, what was false, how fast it was and whether the list of touched objects is
// right. The judgement is that of the labelled corpus' own scorer, so that the numbers can be compared.
//
// It refuses to know how alerts come about: it reads [detection.Alert] and nothing else of the engine. Other ways to
// find the same trouble, to compare with, are in package rivals.
//
// Start reading at [Judge].
package quality
