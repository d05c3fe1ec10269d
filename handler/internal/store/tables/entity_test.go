package tables

import (
	"errors"
	"testing"
)

// Rows that another program wrote or edited are refused with a reason.
func TestDecodeRefuses(t *testing.T) {
	const keys = `"PartitionKey":"p","RowKey":"k","odata.etag":"W/\"1\"",`
	for name, raw := range map[string]string{
		"no size":        `{` + keys + `"Other":1}`,
		"no version":     `{"PartitionKey":"p","RowKey":"k","Size":0}`,
		"negative size":  `{` + keys + `"Size":-1}`,
		"huge size":      `{` + keys + `"Size":2000000000}`,
		"data missing":   `{` + keys + `"Size":3}`,
		"data too short": `{` + keys + `"Size":3,"Data00":"AAA=","Data00@odata.type":"Edm.Binary"}`,
		"data too long":  `{` + keys + `"Size":1,"Data00":"AAA=","Data00@odata.type":"Edm.Binary"}`,
		"data as text":   `{` + keys + `"Size":1,"Data00":"A"}`,
		"data empty":     `{` + keys + `"Size":1,"Data00":"","Data00@odata.type":"Edm.Binary"}`,
		"foreign key":    `{"PartitionKey":"p","RowKey":"a b","odata.etag":"W/\"1\"","Size":0}`,
	} {
		if row, err := decode([]byte(raw)); !errors.Is(err, errNotOurs) {
			t.Errorf("%s: got %+v and error %v, want errNotOurs", name, row, err)
		}
	}
	row, err := decode([]byte(`{` + keys + `"Size":2,"Data00":"AAA=","Data00@odata.type":"Edm.Binary"}`))
	if err != nil || row.Key != "k" || len(row.Data) != 2 || row.Version != `W/"1"` {
		t.Errorf("a good row: %+v, %v", row, err)
	}
}
