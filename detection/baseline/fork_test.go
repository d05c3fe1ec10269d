package baseline

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// A fork that lives on leaves its original as it was, to the byte, and becomes what the original would have become.
func TestForkLeavesTheOriginal(t *testing.T) {
	e, same := NewEstate(), NewEstate()
	play(e, 0, 3000)
	play(same, 0, 3000)
	before := written(t, e)
	f := e.Fork()
	play(f, 3000, 3600)
	if !slices.Equal(written(t, e), before) {
		t.Error("the original was changed")
	}
	play(same, 3000, 3600)
	for id, p := range f.Principals {
		if !slices.Equal(marshal(t, p), marshal(t, same.Principals[id])) {
			t.Fatalf("%s became another in the fork", id)
		}
	}
	for id, v := range f.Vaults {
		for who, m := range v.Members.All() {
			if !slices.Equal(marshal(t, *m), marshal(t, same.Vaults[id].Member(who))) {
				t.Fatalf("%s became another on %s in the fork", who, id)
			}
		}
	}
}

// play lets some of the hostile records happen.
func play(e *Estate, from, to int) {
	for n := from; n < to; n++ {
		rec := hostile(n % 300)
		rec.Time = start.Add(time.Duration(n) * time.Minute)
		e.Note(rec)
		e.Learn(rec, Guard{Suspect: n%5 == 0})
	}
}

func written(t *testing.T, e *Estate) (out []byte) {
	for _, id := range slices.Sorted(maps.Keys(e.Vaults)) {
		out = append(out, marshal(t, e.Vaults[id])...)
	}
	for _, id := range slices.Sorted(maps.Keys(e.Principals)) {
		out = append(out, marshal(t, e.Principals[id])...)
	}
	return out
}

func marshal(t *testing.T, x any) []byte {
	t.Helper()
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	data, err := mode.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A fork shares nothing with its original that could be written; a field that is new must be copied, too.
func TestForkSharesNothing(t *testing.T) {
	e := NewEstate()
	play(e, 0, 3000)
	for _, v := range e.Vaults {
		fill(reflect.ValueOf(v).Elem())
		shared(t, "Vault", reflect.ValueOf(*v), reflect.ValueOf(*v.fork()))
		for _, m := range v.Members.All() {
			fill(reflect.ValueOf(*m).Elem())
			shared(t, "Member", reflect.ValueOf(**m), reflect.ValueOf(*(*m).fork()))
		}
	}
	for _, p := range e.Principals {
		fill(reflect.ValueOf(p).Elem())
		shared(t, "Principal", reflect.ValueOf(*p), reflect.ValueOf(*p.fork()))
	}
}

// fill gives a structure something to share where it has nothing yet.
func fill(x reflect.Value) {
	for i := range x.NumField() {
		switch f := x.Field(i); {
		case !f.CanSet():
		case f.Kind() == reflect.Slice && f.IsNil():
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		case f.Kind() == reflect.Map && f.IsNil():
			f.Set(reflect.MakeMap(f.Type()))
		case f.Kind() == reflect.Pointer && f.IsNil():
			f.Set(reflect.New(f.Type().Elem()))
		}
	}
}

func shared(t *testing.T, where string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			name := where + "." + a.Type().Field(i).Name
			if a.Type().PkgPath() == reflect.TypeFor[Vault]().PkgPath() && name != "Vault.Settings" && name != "Vault.lent" {
				shared(t, name, a.Field(i), b.Field(i))
			}
		}
	case reflect.Slice, reflect.Map, reflect.Pointer:
		if !a.IsNil() && a.Pointer() == b.Pointer() && (a.Kind() != reflect.Slice || a.Len() > 0) {
			t.Fatalf("%s is the original's", where)
		}
	}
}
