//! The table of the README: the gate beside dashboards that watch the same days.

use super::{
    dashboards::Rule,
    day::{DROPS, Day, ON_THE_SLO, Said, Seen},
    many::{quantile, runs, share},
};

struct Row {
    name: &'static str,
    fail: f64,
    pass: f64,
    seen: Seen,
    late: Seen,
}

fn row(name: &'static str, said: impl Fn(&Day) -> Said) -> Row {
    // Where it said Fail already when the drop began, it has not seen the drop.
    let seen: Vec<Seen> = DROPS.iter().map(|day| said(day).seen).filter(|&seen| seen != Seen::Already).collect();
    Row {
        name,
        fail: share(&ON_THE_SLO, |day| said(day).fail),
        pass: share(&ON_THE_SLO, |day| said(day).pass),
        seen: quantile(seen.clone(), 0.5),
        late: quantile(seen, 0.9),
    }
}

fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::SinceBegin => "success rate since the stage began, against the SLO",
        Rule::LastHour => "success rate of the last hour, against the SLO",
        Rule::Interval => "95 % Wilson interval since the stage began",
    }
}

fn minutes(seen: Seen) -> String {
    match seen {
        Seen::After(minutes) => format!("{minutes} min"),
        Seen::Never | Seen::Already => "never".to_owned(),
    }
}

#[test]
fn the_gate_beside_dashboards() {
    let gate = row("**gonogo**", |day| day.gate);
    let boards: Vec<Row> = Rule::ALL.iter().enumerate().map(|(i, &r)| row(rule(r), move |day| day.boards[i])).collect();
    println!("| looked at every minute | on the SLO: ever says Fail | ever says Pass | drop seen, median | 90 % |");
    println!("|---|---:|---:|---:|---:|");
    for row in std::iter::once(&gate).chain(&boards) {
        let (fail, pass) = (row.fail * 100.0, row.pass * 100.0);
        println!("| {} | {fail:.1} % | {pass:.1} % | {} | {} |", row.name, minutes(row.seen), minutes(row.late));
    }
    println!(
        "\n{} simulated runs of each, seeds 0 to {}, SLO 99.5 %, 100 attempts a minute. On the SLO: 24 hours at exactly \
         99.5 %. Drop: six hours at 99.9 %, then 98 %.",
        runs(),
        runs() - 1
    );

    let [since_begin, last_hour, interval] = &boards[..] else { panic!("three rules") };
    assert!(gate.fail <= 0.05 && gate.pass <= 0.05 && gate.seen <= Seen::After(15));
    assert!(since_begin.fail > 0.9 && since_begin.seen > Seen::After(60), "slow, and wrong");
    assert!(last_hour.fail > 0.9 && last_hour.pass > 0.9, "quick, and wrong both ways");
    assert!(interval.fail > 0.25 && interval.pass > 0.15 && interval.seen > Seen::After(60), "{}", interval.fail);
}
