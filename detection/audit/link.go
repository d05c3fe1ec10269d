package audit

import "bytes"

// link is a URL taken apart.
type link struct {
	host []byte // without port
	path []byte // without leading slashes, query and fragment
	// origin is the length up to and with the slash behind the host, 0 if there is none.
	origin int
}

func linkOf(url []byte) link {
	start := hostStart(url)
	if start < 0 {
		return link{path: pathOf(url)}
	}
	rest := url[start:]
	slash := bytes.IndexByte(rest, '/')
	if slash < 0 {
		return link{host: hostOf(rest)}
	}
	return link{host: hostOf(rest[:slash]), path: pathOf(rest[slash+1:]), origin: start + slash + 1}
}

// hostStart is where a URL's host begins, negative if it has none. Nearly always its first colon ends the scheme.
func hostStart(url []byte) int {
	const end = "://"
	at := bytes.IndexByte(url, ':')
	if at >= 0 && !bytes.HasPrefix(url[at:], []byte(end)) {
		at = bytes.Index(url, []byte(end))
	}
	if at < 0 {
		return -1
	}
	return at + len(end)
}

// hostOf drops the port. Few have one, and looking from the end goes byte by byte.
func hostOf(authority []byte) []byte {
	host := bare(authority)
	if bytes.IndexByte(host, ':') >= 0 {
		host = host[:bytes.LastIndexByte(host, ':')]
	}
	return host
}

func pathOf(path []byte) []byte {
	path = bare(path)
	for len(path) > 0 && path[0] == '/' {
		path = path[1:]
	}
	return path
}

// segment takes the first segment from a path.
func segment(path []byte) (first, rest []byte) {
	slash := bytes.IndexByte(path, '/')
	if slash < 0 {
		return path, nil
	}
	return path[:slash], path[slash+1:]
}

// bare is a piece of a URL up to its query or fragment.
func bare(piece []byte) []byte {
	if query := bytes.IndexByte(piece, '?'); query >= 0 {
		piece = piece[:query]
	}
	if fragment := bytes.IndexByte(piece, '#'); fragment >= 0 {
		piece = piece[:fragment]
	}
	return piece
}
