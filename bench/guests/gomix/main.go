// Command gomix is a Go program as others are: maps, sorting, strings, JSON, a regular expression, a hash, and the garbage
// collector. It takes a number of rounds and prints a checksum.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type record struct {
	ID    int               `json:"id"`
	Name  string            `json:"name"`
	Price float64           `json:"price"`
	Tags  []string          `json:"tags"`
	More  map[string]string `json:"more,omitempty"`
}

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}

func (t *tree) nodes() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.nodes() + t.right.nodes()
}

var number = regexp.MustCompile(`([a-z]+)-(\d+)\.(\d{2})`)

func round(r int, sum []byte) []byte {
	counts := map[string]int{}
	var list []record
	for i := range 600 {
		name := fmt.Sprintf("item-%d.%02d", i*7919%1000+r, i%100)
		counts[number.ReplaceAllString(name, "$1/$3")]++
		list = append(list, record{ID: i, Name: name, Price: float64(i) / 8, Tags: strings.Split(name, "-"), More: map[string]string{"k": strconv.Itoa(i)}})
	}
	slices.SortFunc(list, func(a, b record) int { return strings.Compare(a.Name, b.Name) })
	text, err := json.Marshal(list)
	if err != nil {
		panic(err)
	}
	var back []record
	if err := json.Unmarshal(text, &back); err != nil {
		panic(err)
	}
	h := sha256.New()
	h.Write(sum)
	h.Write(text)
	fmt.Fprint(h, len(back), len(counts), build(12).nodes())
	return h.Sum(nil)
}

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	var sum []byte
	for r := range n {
		sum = round(r, sum)
	}
	fmt.Printf("%x\n", sum)
}
