//! A drop from health to 98 % at 100 attempts a minute, six hours in.

use super::{
    day::{DROPS, Day, Seen, Setting, follow_many},
    halves::Half,
    many::{quantile, share},
};

fn seen_in_time(name: &str, days: &[Day]) {
    // What was called a Fail before is a false alarm, and is counted among those.
    let seen: Vec<Seen> = days.iter().map(|day| day.gate.seen).filter(|&seen| seen != Seen::Already).collect();
    let (median, late) = (quantile(seen.clone(), 0.5), quantile(seen.clone(), 0.9));
    let cusum = share(days, |day| day.by == Some(Half::Cusum));
    println!("{name}: {} of {} drops: median {median:?}, 90 % {late:?}; the CUSUM in {cusum}", seen.len(), days.len());
    assert!(seen.len() * 100 >= days.len() * 95, "{name}: {} of {} not failed before", seen.len(), days.len());
    assert!(median <= Seen::After(15), "{name}: {median:?}");
    assert!(late <= Seen::After(25), "{name}: {late:?}");
}

#[test]
fn a_drop_after_health_is_seen_within_a_quarter_of_an_hour() {
    seen_in_time("99.9 % to 98 %", &DROPS);
}

#[test]
fn so_is_one_from_right_on_the_slo() {
    seen_in_time("99.5 % to 98 %", &follow_many(Setting::drop_from(0.005)));
}
