//! Reports drawn as an SVG: a panel for each trace, in it a line for each policy.
//!
//! By hand, as no chart crate writes names at the ends of lines so that they do not cover each other.

use std::fmt::{self, Write};

use crate::grouped;
use crate::replay::{Line, Report};

const PANEL: (f64, f64) = (640.0, 400.0);
/// Where the lines are drawn within a panel: left, right, top, bottom.
const PLOT: (f64, f64, f64, f64) = (76.0, 548.0, 60.0, 332.0);
const COLUMNS: usize = 2;
const HEADER: f64 = 58.0;
/// How far apart the names of lines are, and the sizes below the axis.
const NAME_GAP: f64 = 15.0;
const SIZE_GAP: f64 = 48.0;

/// Told apart by all kinds of eyes: the palette of Okabe and Ito, then of Paul Tol's what differs from it.
const COLOURS: [&str; 10] = [
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#882255", "#999933",
    "#332288", "#44AA99",
];
const STYLE: &str = "text { font: 13px system-ui, 'DejaVu Sans', sans-serif; fill: #222 } \
     .title { font-size: 16px; font-weight: 600 } .faint, .faint * { fill: #666 } \
     .grid { stroke: #e2e2e2 } .axis { stroke: #888 } .middle { text-anchor: middle } .end { text-anchor: end } \
     .line { fill: none; stroke-width: 2; stroke-linejoin: round } .lead { fill: none; stroke-width: 1.5 }";

/// All reports in one picture.
pub(crate) fn draw(reports: &[Report]) -> String {
    let mut svg = String::new();
    write_all(&mut svg, reports).expect("writing into a string does not fail");
    svg
}

fn write_all(svg: &mut String, reports: &[Report]) -> fmt::Result {
    let columns = reports.len().clamp(1, COLUMNS);
    let width = PANEL.0 * columns as f64;
    let height = HEADER + PANEL.1 * reports.len().div_ceil(columns) as f64;
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">"#
    )?;
    writeln!(svg, "<style>{STYLE}</style>")?;
    writeln!(svg, r##"<rect width="100%" height="100%" fill="#fff"/>"##)?;
    writeln!(
        svg,
        r#"<text x="24" y="32" class="title">Hits in percent of all requests, by the size of the cache</text>"#
    )?;
    writeln!(
        svg,
        r#"<text x="24" y="52" class="faint">a line for each policy; dashed: OPT, which knows the future</text>"#
    )?;
    for (at, report) in reports.iter().enumerate() {
        let x = PANEL.0 * (at % columns) as f64;
        let y = HEADER + PANEL.1 * (at / columns) as f64;
        writeln!(svg, r#"<g transform="translate({x} {y})">"#)?;
        Panel::new(report).write(svg)?;
        writeln!(svg, "</g>")?;
    }
    writeln!(svg, "</svg>")
}

/// A report and its scales.
struct Panel<'a> {
    report: &'a Report,
    /// The logarithms of the smallest and the largest size.
    sizes: (f64, f64),
    /// The lowest and the highest ratio on the axis, and what lies between two marks.
    ratios: (f64, f64, f64),
}

impl<'a> Panel<'a> {
    fn new(report: &'a Report) -> Self {
        let lines = report.lines.iter().chain([&report.optimum]);
        let all = lines.flat_map(|line| line.ratios.iter().copied());
        let low = all.clone().fold(100.0, f64::min);
        let high = all.fold(0.0, f64::max);
        let steps = [1.0, 2.0, 5.0, 10.0, 20.0];
        let step = steps.into_iter().find(|step| (high - low) / step <= 6.0);
        let step = step.unwrap_or(20.0);
        let bottom = (low / step).floor() * step;
        let top = ((high / step).ceil() * step).max(bottom + step);
        let size = |size: Option<&usize>| size.map_or(0.0, |&size| (size as f64).ln());
        Panel {
            report,
            sizes: (size(report.sizes.first()), size(report.sizes.last())),
            ratios: (bottom, top, step),
        }
    }

    fn x(&self, size: usize) -> f64 {
        let (low, high) = self.sizes;
        if self.report.sizes.len() < 2 {
            return f64::midpoint(PLOT.0, PLOT.1);
        }
        PLOT.0 + (PLOT.1 - PLOT.0) * ((size as f64).ln() - low) / (high - low)
    }

    fn y(&self, ratio: f64) -> f64 {
        let (low, high, _) = self.ratios;
        PLOT.3 - (PLOT.3 - PLOT.2) * (ratio - low) / (high - low)
    }

    fn write(&self, svg: &mut String) -> fmt::Result {
        self.write_titles(svg)?;
        self.write_ratios(svg)?;
        self.write_sizes(svg)?;
        // of equals, the optimum's name stands above the others
        let mut ends = vec![(self.end(&self.report.optimum), "OPT", "#000")];
        for (line, colour) in self.report.lines.iter().zip(COLOURS.iter().cycle()) {
            self.write_line(svg, line, colour, "")?;
            ends.push((self.end(line), line.name, colour));
        }
        let dashes = r#" stroke-dasharray="6 4""#;
        self.write_line(svg, &self.report.optimum, "#000", dashes)?;
        write_names(svg, ends)
    }

    fn write_titles(&self, svg: &mut String) -> fmt::Result {
        let Report {
            name,
            requests,
            distinct,
            ..
        } = self.report;
        let name = name.replace('&', "&amp;").replace('<', "&lt;");
        let (requests, distinct) = (grouped(*requests), grouped(*distinct));
        writeln!(
            svg,
            r#"<text x="24" y="28" class="title">{name}</text>
<text x="24" y="46" class="faint">{requests} requests of {distinct} keys</text>"#
        )?;
        let middle = f64::midpoint(PLOT.0, PLOT.1);
        let y = PLOT.3 + 54.0;
        writeln!(
            svg,
            r#"<text x="{middle}" y="{y}" class="faint middle">entries in the cache, and their part of all keys</text>"#
        )
    }

    /// Lines across, with their ratios.
    fn write_ratios(&self, svg: &mut String) -> fmt::Result {
        let (bottom, top, step) = self.ratios;
        let marks = ((top - bottom) / step).round() as usize;
        for mark in 0..=marks {
            let ratio = bottom + step * mark as f64;
            let (y, left, right) = (self.y(ratio), PLOT.0, PLOT.1);
            writeln!(
                svg,
                r#"<path d="M{left} {y:.1}H{right}" class="grid"/><text x="{:.1}" y="{:.1}" class="end">{ratio} %</text>"#,
                left - 8.0,
                y + 4.5
            )?;
        }
        Ok(())
    }

    /// Marks on the lower axis, with their sizes where there is room.
    fn write_sizes(&self, svg: &mut String) -> fmt::Result {
        let (left, right, y) = (PLOT.0, PLOT.1, PLOT.3);
        writeln!(svg, r#"<path d="M{left} {y}H{right}" class="axis"/>"#)?;
        let mut free_from = f64::MIN;
        for (at, &size) in self.report.sizes.iter().enumerate() {
            let x = self.x(size);
            writeln!(svg, r#"<path d="M{x:.1} {y}v5" class="axis"/>"#)?;
            if x < free_from {
                continue;
            }
            free_from = x + SIZE_GAP;
            let percent = self.report.percent(self.report.sizes[at]);
            let percent = format!("{percent:.*}", usize::from(percent < 9.95));
            writeln!(
                svg,
                r#"<text x="{x:.1}" y="{}" class="middle">{}</text><text x="{x:.1}" y="{}" class="middle faint">{} %</text>"#,
                y + 19.0,
                grouped(size),
                y + 35.0,
                percent.trim_end_matches(".0")
            )?;
        }
        Ok(())
    }

    fn write_line(&self, svg: &mut String, line: &Line, colour: &str, more: &str) -> fmt::Result {
        let points = self.report.sizes.iter().zip(&line.ratios);
        let points = points.map(|(&size, &ratio)| (self.x(size), self.y(ratio)));
        write!(
            svg,
            r#"<g stroke="{colour}" fill="{colour}"><polyline points=""#
        )?;
        for (x, y) in points.clone() {
            write!(svg, "{x:.1},{y:.1} ")?;
        }
        writeln!(svg, r#"" class="line"{more}/>"#)?;
        for (x, y) in points {
            writeln!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="2.5"/>"#)?;
        }
        writeln!(svg, "</g>")
    }

    /// Where a line ends.
    fn end(&self, line: &Line) -> (f64, f64) {
        let size = self.report.sizes.last().copied().unwrap_or_default();
        let ratio = line.ratios.last().copied().unwrap_or_default();
        (self.x(size), self.y(ratio))
    }
}

/// The names of lines at their ends, moved apart.
fn write_names(svg: &mut String, mut ends: Vec<((f64, f64), &str, &str)>) -> fmt::Result {
    ends.sort_by(|((_, one), ..), ((_, other), ..)| one.total_cmp(other));
    let mut places = ends.iter().map(|((_, y), ..)| *y).collect::<Vec<_>>();
    for at in 1..places.len() {
        places[at] = places[at].max(places[at - 1] + NAME_GAP);
    }
    // what was pushed below the axis pushes the others up again
    let mut lowest = PLOT.3 + 4.0;
    for place in places.iter_mut().rev() {
        *place = place.min(lowest);
        lowest = *place - NAME_GAP;
    }
    for (((x, y), name, colour), place) in ends.into_iter().zip(places) {
        writeln!(
            svg,
            r#"<path d="M{x:.1} {y:.1}l4 0L{:.1} {place:.1}h6" stroke="{colour}" class="lead"/><text x="{:.1}" y="{:.1}">{name}</text>"#,
            x + 18.0,
            x + 28.0,
            place + 4.5
        )?;
    }
    Ok(())
}
