//! The pictures of a report, as SVG. Each has a title and says in words what it shows.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::{
    chart::RateChart,
    html::escape,
    model::{Report, Tally, Visit},
};
use crate::units;

/// A figure: its picture of this size, its caption, and what it shows in a sentence.
fn figure(id: &str, caption: &str, shows: &str, (width, height): (f64, f64), picture: &str) -> String {
    let (caption, shows) = (escape(caption), escape(shows));
    format!(
        "<figure><figcaption>{caption}</figcaption>\n\
         <svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
         <title id=\"{id}-title\">{caption}</title><desc id=\"{id}-desc\">{shows}</desc>\n{picture}</svg></figure>\n"
    )
}

const WIDTH: f64 = 1080.0;

/// The success rate over the stage: gaps are gaps, and a point below the picture is drawn at its edge.
pub(super) fn rate(chart: &RateChart) -> String {
    let (left, right, top, bottom) = (66.0, WIDTH - 10.0, 26.0, 226.0);
    let shares = || chart.points.iter().filter(|(_, attempts)| *attempts > 0).map(share);
    let worst = shares().fold(chart.slo.min(chart.interval.0), f64::min);
    // A minute with two attempts is not to flatten all others.
    let floor = worst.max(1.0 - 6.0 * (1.0 - chart.slo)).min(chart.slo) - 0.1 * (1.0 - chart.slo);
    let floor = floor.clamp(0.0, 0.9999);
    let y = |share: f64| bottom - (share.clamp(floor, 1.0) - floor) / (1.0 - floor) * (bottom - top);
    let span = (chart.to - chart.from).num_seconds().max(1) as f64;
    let x_of =
        |at: DateTime<Utc>| left + ((at - chart.from).num_seconds() as f64 / span).clamp(0.0, 1.0) * (right - left);
    let x = |i: usize| left + (i as f64 + 0.5) / chart.points.len().max(1) as f64 * (right - left);
    let mut svg = String::new();
    // Writing to a String does not fail.
    let _ = grid(&mut svg, (left, right), floor, &y);
    let (low, high) = (y(chart.interval.0), y(chart.interval.1));
    let _ = writeln!(
        svg,
        "<rect class=\"band\" x=\"{left:.1}\" y=\"{high:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
        right - left,
        (low - high).max(1.0)
    );
    let _ = writeln!(
        svg,
        "<line class=\"slo\" x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{0:.1}\" y2=\"{0:.1}\"/>\
         <text class=\"slo-word\" x=\"{1:.1}\" y=\"{2:.1}\" text-anchor=\"end\">wanted {3}</text>",
        y(chart.slo),
        right - 4.0,
        y(chart.slo) + 15.0,
        units::percent(chart.slo)
    );
    let mut free_from = 0.0;
    for (at, what) in &chart.changes {
        let at_x = x_of(*at);
        let _ = write!(svg, "<line class=\"change\" x1=\"{at_x:.1}\" x2=\"{at_x:.1}\" y1=\"18\" y2=\"{bottom}\"/>");
        // A word over another word is no word.
        let width = what.chars().count() as f64 * 6.6;
        let (anchor, from) = if at_x + width > right { ("end", at_x - width) } else { ("start", at_x) };
        if from >= free_from {
            let what = escape(what);
            let _ = write!(
                svg,
                "<text class=\"change-word\" x=\"{at_x:.1}\" y=\"12\" text-anchor=\"{anchor}\">{what}</text>"
            );
            free_from = from + width + 8.0;
        }
        let _ = writeln!(svg);
    }
    let _ = line(&mut svg, chart, &x, &y, floor);
    for (at, anchor, place) in [(chart.from, "start", left), (chart.to, "end", right)] {
        let moment = units::moment(at);
        let _ = writeln!(svg, "<text x=\"{place:.1}\" y=\"246\" text-anchor=\"{anchor}\">{moment}</text>");
    }
    let caption = format!("{}: each point is {}", chart.title, units::duration(chart.step));
    let gaps = chart.points.iter().filter(|(_, attempts)| *attempts == 0).count();
    let shows = format!(
        "From {} to {}. The whole stage is between {} and {}; wanted is {}. The worst point is {}; {} without attempts.",
        units::moment(chart.from),
        units::moment(chart.to),
        units::percent(chart.interval.0),
        units::percent(chart.interval.1),
        units::percent(chart.slo),
        units::percent(shares().fold(1.0, f64::min)),
        units::plural(gaps, "point")
    );
    let caption = format!(
        "{caption}, thin; thick is all up to there, and the band what the stage's rate can be ({} to {})",
        units::percent(chart.interval.0),
        units::percent(chart.interval.1)
    );
    figure("rate", &caption, &shows, (WIDTH, 254.0), &svg)
}

fn share((successes, attempts): &(u64, u64)) -> f64 {
    *successes as f64 / (*attempts).max(1) as f64
}

fn grid(svg: &mut String, (left, right): (f64, f64), floor: f64, y: &dyn Fn(f64) -> f64) -> std::fmt::Result {
    let steps = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
    let step = steps.into_iter().find(|step| (1.0 - floor) / step <= 5.0).unwrap_or(0.5);
    let mut at = 1.0;
    while at >= floor {
        let place = y(at);
        writeln!(
            svg,
            "<line class=\"grid\" x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{place:.1}\" y2=\"{place:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            place + 4.0,
            units::percent(at)
        )?;
        at -= step;
    }
    Ok(())
}

/// One line for each run of points without a gap; a point alone is a dot.
fn line(
    svg: &mut String,
    chart: &RateChart,
    x: &dyn Fn(usize) -> f64,
    y: &dyn Fn(f64) -> f64,
    floor: f64,
) -> std::fmt::Result {
    let mut run: Vec<usize> = Vec::new();
    for i in 0..=chart.points.len() {
        if chart.points.get(i).is_some_and(|(_, attempts)| *attempts > 0) {
            run.push(i);
            continue;
        }
        match run.as_slice() {
            [] => {}
            [one] => writeln!(
                svg,
                "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\"/>",
                x(*one),
                y(share(&chart.points[*one]))
            )?,
            many => {
                let points = many.iter().map(|&i| format!("{:.1},{:.1}", x(i), y(share(&chart.points[i]))));
                writeln!(svg, "<polyline class=\"rate\" points=\"{}\"/>", points.collect::<Vec<_>>().join(" "))?;
            }
        }
        run.clear();
    }
    // One that is below the picture is at its edge, and says so.
    let below = chart.points.iter().enumerate().filter(|(_, point)| point.1 > 0 && share(point) < floor);
    for (i, point) in below {
        let (cx, cy, words) = (x(i), y(floor), units::percent(share(point)));
        writeln!(
            svg,
            "<circle class=\"low\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"3\"><title>{words}, below the picture</title></circle>"
        )?;
    }
    so_far(svg, chart, x, y)
}

/// The rate of everything up to each point: what the verdict is about, while the points are no more than luck.
fn so_far(svg: &mut String, chart: &RateChart, x: &dyn Fn(usize) -> f64, y: &dyn Fn(f64) -> f64) -> std::fmt::Result {
    let mut all = (0u64, 0u64);
    let mut points = Vec::new();
    for (i, (successes, attempts)) in chart.points.iter().enumerate() {
        all = (all.0.saturating_add(*successes), all.1.saturating_add(*attempts));
        if *attempts > 0 {
            points.push(format!("{:.1},{:.1}", x(i), y(share(&all))));
        }
    }
    writeln!(svg, "<polyline class=\"whole\" points=\"{}\"/>", points.join(" "))
}

/// The tallies of the present stage, most first.
pub(super) fn tallies(tallies: &[Tally]) -> String {
    const SHOWN: usize = 12;
    let mut by_count: Vec<&Tally> = tallies.iter().collect();
    by_count.sort_by_key(|tally| std::cmp::Reverse(tally.stage.max(tally.h24)));
    let shown = &by_count[..by_count.len().min(SHOWN)];
    let most = shown.iter().map(|tally| tally.stage.max(tally.h24)).max().unwrap_or(0).max(1) as f64;
    let mut svg = String::new();
    for (row, tally) in shown.iter().enumerate() {
        let y = 6.0 + row as f64 * 26.0;
        let count = tally.stage.max(tally.h24);
        let width = (count as f64 / most * (WIDTH - 480.0)).max(2.0);
        let class = if tally.hard_stop { "bar stop" } else { "bar" };
        let words = format!("{}{}", units::count(count), if tally.hard_stop { ", hard stop" } else { "" });
        let _ = writeln!(
            svg,
            "<text class=\"ink\" x=\"370\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"380\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"18\" rx=\"3\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{words}</text>",
            y + 13.0,
            escape(&tally.signature.chars().take(52).collect::<String>()),
            388.0 + width,
            y + 13.0
        );
    }
    let more = by_count.len() - shown.len();
    let more = if more > 0 { format!("; {more} more in the table") } else { String::new() };
    let caption = format!("Guardrail violations in this stage or in 24 h, whichever is more{more}");
    let words = shown.iter().map(|tally| format!("{} {}", tally.signature, tally.stage.max(tally.h24)));
    let shows = words.collect::<Vec<_>>().join(", ");
    figure("tallies", &caption, &shows, (WIDTH, 12.0 + shown.len() as f64 * 26.0), &svg)
}

/// Every stay in a stage, each in its stage's row, over all of the time.
pub(super) fn ruler(report: &Report<'_>) -> String {
    let Some(first) = report.stages.first() else { return String::new() };
    let (from, to) = (first.entered_at, report.made.at.max(first.entered_at));
    let span = (to - from).num_seconds().max(1) as f64;
    let (left, right) = (220.0, WIDTH - 10.0);
    let x = |at: DateTime<Utc>| left + ((at - from).num_seconds() as f64 / span).clamp(0.0, 1.0) * (right - left);
    let mut names: Vec<(&str, &str)> = Vec::new();
    for visit in &report.stages {
        if names.iter().all(|(key, _)| *key != visit.stage) {
            names.push((&visit.stage, &visit.title));
        }
    }
    let mut svg = String::new();
    for (row, (key, title)) in names.iter().enumerate() {
        let y = 4.0 + row as f64 * 28.0;
        let _ = writeln!(
            svg,
            "<text class=\"ink\" x=\"0\" y=\"{:.1}\">{}</text>\
             <rect class=\"rail\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"2\"/>",
            y + 14.0,
            escape(&title.chars().take(32).collect::<String>()),
            y + 9.0,
            right - left
        );
        for visit in report.stages.iter().filter(|visit| visit.stage == *key) {
            let _ = stay(&mut svg, visit, y, x(visit.entered_at), x(visit.left_at.unwrap_or(to)));
        }
    }
    let height = 4.0 + names.len() as f64 * 28.0;
    for (at, anchor, place) in [(from, "start", left), (to, "end", right)] {
        let moment = units::moment(at);
        let _ =
            writeln!(svg, "<text x=\"{place:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{moment}</text>", height + 14.0);
    }
    let each = report.stages.iter().map(|visit| {
        let back = if visit.by_rollback { " by a rollback" } else { "" };
        format!("{} from {}{back}", visit.title, units::moment(visit.entered_at))
    });
    let shows = each.collect::<Vec<_>>().join(", ");
    figure("ruler", "Stages over time", &shows, (WIDTH, height + 22.0), &svg)
}

fn stay(svg: &mut String, visit: &Visit, y: f64, from: f64, to: f64) -> std::fmt::Result {
    let class = match (visit.by_rollback, visit.left_at) {
        (true, _) => "back",
        (false, None) => "now",
        (false, Some(_)) => "past",
    };
    let words = escape(&format!(
        "{}: {} for {}",
        visit.title,
        units::moment(visit.entered_at),
        super::telling::lasted(visit.lasted_s)
    ));
    let width = (to - from).max(3.0);
    writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"20\" rx=\"3\"><title>{words}</title></rect>"
    )
}
