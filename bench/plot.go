package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Sizes of the plot in pixels.
const (
	plotLeft   = 110 // names of programs
	plotWidth  = 640
	plotRow    = 22
	plotTop    = 44 // title and scale
	plotLegend = 20
)

var plotColours = []string{"#d62728", "#ff9896", "#1f77b4", "#2ca02c", "#98df8a", "#9467bd", "#8c564b", "#7f7f7f", "#bcbd22", "#17becf"}

// plot draws the ratios as SVG: a row per program, a dot per contestant, on a logarithmic scale.
func (b *bench) plot() string {
	base := b.base()
	rows := len(b.list) + 1 // and the means
	lo, hi := b.extremes(base)
	x := func(v float64) float64 {
		return plotLeft + plotWidth*math.Log(v/lo)/math.Log(hi/lo)
	}
	bottom := plotTop + rows*plotRow
	height := bottom + plotLegend*((len(b.field)+2)/3) + 16
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="12">`+"\n",
		plotLeft+plotWidth+20, height)
	fmt.Fprintf(&s, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	fmt.Fprintf(&s, `<text x="%d" y="16" font-size="14">Processor time relative to %s (left is faster)</text>`+"\n", plotLeft, html.EscapeString(base))
	for _, v := range []float64{0.1, 0.2, 0.33, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10, 20, 50, 100, 200} {
		if v < lo || v > hi {
			continue
		}
		colour, width := "#dddddd", 1
		if v == 1 {
			colour, width = "#333333", 2
		}
		fmt.Fprintf(&s, `<line x1="%[1]g" y1="%[2]d" x2="%[1]g" y2="%[3]d" stroke="%s" stroke-width="%d"/>`, round(x(v)), plotTop-6, bottom, colour, width)
		fmt.Fprintf(&s, `<text x="%g" y="%d" text-anchor="middle" fill="#555555">%g</text>`+"\n", round(x(v)), plotTop-10, v)
	}
	for i := range rows {
		y, title := plotTop+i*plotRow+plotRow/2, "geometric mean"
		if i < len(b.list) {
			title = b.list[i].name
		}
		fmt.Fprintf(&s, `<line x1="%d" y1="%[2]d" x2="%d" y2="%[2]d" stroke="#eeeeee"/>`, plotLeft, y, plotLeft+plotWidth)
		fmt.Fprintf(&s, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", plotLeft-8, y+4, html.EscapeString(title))
		for j := len(b.field) - 1; j >= 0; j-- { // the first on top
			if v, ok := b.ratio(i, b.field[j].name, base); ok {
				fmt.Fprintf(&s, `<circle cx="%g" cy="%d" r="%g" fill="%s" fill-opacity="0.85"/>`+"\n", round(x(v)), y, radius(j), colour(j))
			}
		}
	}
	for j, r := range b.field {
		left, y := plotLeft+j%3*plotWidth/3, bottom+plotLegend*(j/3)+20
		fmt.Fprintf(&s, `<circle cx="%d" cy="%d" r="5" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n", left, y-4, colour(j), left+10, y, html.EscapeString(r.name))
	}
	s.WriteString("</svg>\n")
	return s.String()
}

// ratio is that of row i: a program, or the mean behind the last.
func (b *bench) ratio(i int, contestant, base string) (float64, bool) {
	list := b.list
	if i < len(list) {
		list = list[i : i+1]
	}
	mean, n := b.mean(list, contestant, base)
	return mean, n > 0
}

// extremes are the ends of the scale.
func (b *bench) extremes(base string) (lo, hi float64) {
	lo, hi = 0.9, 1.1
	for i := range b.list {
		for _, r := range b.field {
			if v, ok := b.ratio(i, r.name, base); ok {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	return lo * 0.95, hi * 1.05
}

func colour(j int) string { return plotColours[j%len(plotColours)] }

// radius is larger for the first contestant.
func radius(j int) float64 {
	if j == 0 {
		return 6
	}
	return 4.5
}

func round(v float64) float64 { return math.Round(v*10) / 10 }
