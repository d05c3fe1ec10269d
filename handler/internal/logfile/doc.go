// Package logfile reads audit logs from files, folders and pipes and hands them on as message-sized bodies that
// audit.Parser understands. It knows JSON in every wrapping, one record a line, CSV exports of Log Analytics, and gzip of
// these; what a file is, its content says, never its name. It refuses to guess: other formats are an error that says what
// the file looks like. It judges no record, and it holds no more than about a megabyte of a file at once.
//
// Start reading at [Files], then [Input.Bodies].
package logfile
