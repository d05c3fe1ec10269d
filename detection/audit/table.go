package audit

import (
	"bytes"

	"github.com/valyala/fastjson"
)

// columnList reads the column list of an API result, [{"name":"TimeGenerated","type":"datetime"},…], and keeps the last
// one, since thousands of rows share it.
type columnList struct {
	text []byte
	list []field
	json fastjson.Parser
}

func (c *columnList) fields(text []byte, spell *speller) []field {
	if c.text != nil && bytes.Equal(c.text, text) {
		return c.list
	}
	c.text, c.list = bytes.Clone(text), c.list[:0]
	value, err := c.json.ParseBytes(text)
	if err != nil {
		return nil
	}
	for _, column := range value.GetArray() {
		name := column.GetStringBytes("name")
		if name == nil {
			name = column.GetStringBytes("ColumnName") // the older form of the API
		}
		c.list = append(c.list, spell.key(name))
	}
	return c.list
}

// AppendTable begins a table of rows under columns as the API of Log Analytics writes it, so that pieces of an export that
// are rows can be put together again: the rows follow, with commas between, and [TableEnd].
func AppendTable(b, columns []byte) []byte {
	b = append(b, `{"tables":[{"columns":`...)
	b = append(b, columns...)
	return append(b, `,"rows":[`...)
}

// TableEnd ends what AppendTable began.
const TableEnd = `]}]}`
