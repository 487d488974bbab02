//! The judge itself, looked at all day long.

use chrono::TimeDelta;

use super::{
    day::{DAY, Said, Setting},
    halves::Halves,
    many::{each, runs, share},
    stage::Stage,
    traffic::Traffic,
};

/// Each look asks for everything, so that fewer days can be watched than followed.
fn days() -> u64 {
    runs() / 20
}

/// A day of which every minute is looked at. Up to its first Fail, the two halves of the test, followed apart, say the
/// same: so what is found by following thousands of days is found of the judge.
fn watch(seed: u64, setting: Setting) -> Said {
    let mut traffic = Traffic::new(seed, setting.per_minute, setting.failing);
    let mut stage = Stage::enter(setting.slo);
    let mut halves = Halves::new(setting.slo);
    let mut said = Said::default();
    for minutes in 1..=setting.minutes {
        let ended = traffic.minute();
        stage.pass(TimeDelta::minutes(1), ended);
        let gate = stage.look();
        halves.add(ended);
        if !said.fail {
            assert_eq!(gate.verdict, halves.verdict(), "seed {seed}, minute {minutes}: {}", gate.reason);
        }
        said.note(gate.verdict, minutes);
    }
    said
}

/// Of 50 days, by the seeds 0 to 49, none ever said Fail and none ever said Pass.
#[test]
fn a_day_on_the_slo_is_rarely_called_wrongly_however_often_it_is_looked_at() {
    let all = each(days(), |seed| watch(seed, Setting::on_the_slo(0.995, 100.0)));
    let (fail, pass) = (share(&all, |said| said.fail), share(&all, |said| said.pass));
    println!("{} days on the SLO, watched: {fail} ever said Fail, {pass} ever said Pass", all.len());
    assert!(fail <= 0.05 && pass <= 0.05, "{fail} ever said Fail, {pass} ever said Pass");
}

/// Twelve looks a minute, telemetry arriving second by second: only whole minutes are evidence, so that what is said
/// changes at their ends and nowhere else.
#[test]
fn every_look_within_a_minute_says_the_same() {
    let looks = each(2, |seed| {
        let setting = Setting::on_the_slo(0.995, 100.0);
        let mut traffic = Traffic::new(seed, setting.per_minute, setting.failing);
        let mut stage = Stage::enter(setting.slo);
        let (mut looks, mut attempts) = (0, Vec::new());
        for minute in 0..DAY {
            let ended = traffic.minute();
            let first = stage.look();
            for (ended, second) in traffic.seconds(ended).into_iter().zip(1..) {
                stage.pass(TimeDelta::seconds(1), ended);
                if second % 5 == 0 && second < 60 {
                    let gate = stage.look();
                    let (now, then) = ((gate.verdict, gate.evidence), (first.verdict, &first.evidence));
                    assert_eq!((now.0, &now.1), then, "minute {minute}, second {second}: {}", gate.reason);
                    looks += 1;
                }
            }
            looks += 1;
            attempts.push(first.evidence["attempts"]);
        }
        assert!(attempts.is_sorted() && attempts.last() > Some(&100_000.0), "evidence grows all day");
        looks
    });
    assert_eq!(looks, [12 * DAY; 2]);
}
