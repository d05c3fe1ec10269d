// Package console is what people look at: an HTTP API and a page, rendered on the server, over what the pipeline knows.
// It answers in the order in which people ask: what happened, to which vault, who and from where, how unusual, what to
// rotate, what to do now.
//
// It judges nothing and changes nothing but what people decide (package triage) and dead letters they replay. It needs
// no script in the browser, loads nothing from another host, never redirects (a Functions host would follow), and takes
// every text from a log for hostile: the templates escape it, and [visible] makes what does not print visible.
//
// All pages lie at one depth and name things in the query, so that every link is relative and the function key that a
// browser was given goes along.
//
// Start reading at [New]; the pages are one file each (overview.go, incident.go, vault.go, …): a pure function makes a
// view of what was read, a template of the same name arranges it.
package console
