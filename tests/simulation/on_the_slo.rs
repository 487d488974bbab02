//! A rate exactly on its SLO: nothing is shown, whatever is said is wrong, and a gate may say it in 5 % of days.
//!
//! Of 1,000 days of each setting, by the seeds 0 to 999, so many ever said it. What is asserted is the share that was
//! seen, not one within some tolerance of 5 %: it is far enough below.
//!
//! | SLO | attempts a minute | ever Fail | ever Pass |
//! |---|---:|---:|---:|
//! | 99.5 % | 5 | 0.9 % | 2.7 % |
//! | 99.5 % | 100 | 0.4 % | 0.5 % |
//! | 99.5 % | 1,000 | 0.4 % | 0.2 % |
//! | 99.9 % | 5 | 0.4 % | 1.4 % |
//! | 99.9 % | 100 | 1.2 % | 1.7 % |
//! | 99.9 % | 1,000 | 0.5 % | 0.7 % |
//! | 90 % | 20 | 0.5 % | 0.4 % |

use super::{
    day::{Day, ON_THE_SLO, Setting, follow, follow_many},
    halves::Half,
    many::{each, runs, share},
};

fn rarely_wrong(name: &str, days: &[Day]) {
    let (fail, pass) = (share(days, |day| day.gate.fail), share(days, |day| day.gate.pass));
    let by = |half| share(days, |day| day.by == Some(half));
    println!(
        "{name}: of {} {fail} ever said Fail (the test of everything {}, the CUSUM {}), {pass} ever said Pass",
        days.len(),
        by(Half::Cumulative),
        by(Half::Cusum)
    );
    assert!(fail <= 0.05 && pass <= 0.05, "{name}: {fail} ever said Fail, {pass} ever said Pass");
}

#[test]
fn a_day_on_the_slo_is_rarely_called_wrongly() {
    rarely_wrong("99.5 %, 100 a minute", &ON_THE_SLO);
}

#[test]
fn so_it_is_with_other_traffic_and_other_slos() {
    for (slo, per_minute) in [(0.995, 5.0), (0.995, 1000.0), (0.999, 5.0), (0.999, 100.0), (0.999, 1000.0), (0.9, 20.0)]
    {
        let name = format!("{slo}, {per_minute} a minute");
        rarely_wrong(&name, &follow_many(Setting::on_the_slo(slo, per_minute)));
    }
}

/// The CUSUM is made for a day. A week is longer, and still kept. Of 250 weeks, by the seeds 0 to 249, 3.2 % ever said
/// Fail and 0.8 % ever said Pass.
#[test]
fn so_it_is_in_a_week() {
    let week = Setting { minutes: 7 * 24 * 60, ..Setting::on_the_slo(0.995, 20.0) };
    rarely_wrong("a week at 99.5 %, 20 a minute", &each(runs() / 4, |seed| follow(seed, week)));
}
