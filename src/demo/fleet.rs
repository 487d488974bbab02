//! Users who upload, each with an SDK that polls the flag file.

use std::{cmp::Reverse, collections::BinaryHeap, f64::consts::TAU};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    evaluate::{Context, FlagSet},
    record::{Due, Fact, FailStage},
    scenario::{Conditions, Incident},
};

const INTERNAL_USERS: usize = 24;
const EXTERNAL_USERS: usize = 3200;
/// Uploads a minute in the busiest hour.
const INTERNAL_RATE: f64 = 9.3;
const EXTERNAL_RATE: f64 = 220.0;
/// What the quiet hours see of that, and how many hours after the opening the busiest comes.
const QUIET: f64 = 0.62;
const BUSIEST: f64 = 3.5;
const HOUR: f64 = 3600.0;
/// Share of secure uploads that fail when all is well. Failures never come bunched: no seed has a bad hour by chance.
const USUAL_FAILURES: f64 = 0.001;
/// One throttled upload in so many does not get through with its retries.
const LOST_TO_THROTTLING: f64 = 0.03;

/// What was written, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records.
    pub records: u64,
    /// Secure uploads that succeeded.
    pub secure: u64,
    /// Secure uploads that failed.
    pub failed: u64,
    /// Registrations of secure uploads.
    pub secure_registrations: u64,
    /// Uploads on the legacy path with the flag off.
    pub legacy: u64,
    /// Uploads on the legacy path with the flag on.
    pub fallen_back: u64,
    /// Storage errors.
    pub storage_errors: u64,
    /// Guardrail violations.
    pub violations: u64,
}

#[derive(Debug)]
struct User {
    id: String,
    internal: bool,
    /// Its SDK polls at these ms since the epoch, modulo `every`.
    phase: i64,
    every: i64,
    /// By version of the flag file, whether the flag is on for it.
    flag: Option<(usize, bool)>,
}

/// One upload's luck. Drawn whole for each, such that a scenario changes nothing before it begins.
struct Luck {
    user: usize,
    offset_ms: i64,
    failure: f64,
    kind: f64,
    throttling: f64,
    fallback: f64,
    bytes: u32,
    pace: f64,
}

/// All users, repeatable from a seed. It knows no file and no clock.
#[derive(Debug)]
pub(super) struct Fleet {
    rng: ChaCha8Rng,
    flag_key: String,
    users: Vec<User>,
    /// The flag files that were ever served: from when on (ms since the epoch), and what they say.
    versions: Vec<(i64, FlagSet)>,
    due: BinaryHeap<Reverse<Due>>,
    number: u64,
    /// Failures due since the last one, and at how many the next comes.
    risk: f64,
    next_failure: f64,
    legacy_uploads: u64,
    external_uploads: u64,
    tally: Tally,
}

/// How much less of a long stretch of time is lived than there would be: files stay small.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thinning {
    /// Of the legacy uploads, one in so many leaves a record.
    pub(super) legacy_records: u64,
    /// Of the users outside the company, one in so many uploads at all. Good and bad uploads are thinned alike.
    pub(super) external_uploads: u64,
}

impl Fleet {
    pub(super) fn new(seed: u64, flag_key: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let users = (0..INTERNAL_USERS + EXTERNAL_USERS).map(|n| {
            let every = rng.random_range(25_000..35_000);
            User {
                id: format!("user-{:08x}", rng.random::<u32>()),
                internal: n < INTERNAL_USERS,
                phase: rng.random_range(0..every),
                every,
                flag: None,
            }
        });
        let users = users.collect();
        Self {
            rng,
            flag_key: flag_key.to_owned(),
            users,
            versions: Vec::new(),
            due: BinaryHeap::new(),
            number: 0,
            risk: 0.0,
            next_failure: 1.0,
            legacy_uploads: 0,
            external_uploads: 0,
            tally: Tally::default(),
        }
    }

    /// From `at` on, SDKs that poll get this.
    pub(super) fn serve(&mut self, at: i64, flags: FlagSet) {
        if self.versions.last().is_none_or(|(_, last)| *last != flags) {
            self.versions.push((at, flags));
        }
    }

    /// Whether the flag, as it was served last, is off for everyone.
    pub(super) fn serves_nobody(&self) -> bool {
        let on = |user: &User| {
            let group = if user.internal { "internal" } else { "external" };
            let context = Context { targeting_key: &user.id, attributes: &[("group", group)] };
            self.versions.last().is_some_and(|(_, flags)| flags.boolean(&self.flag_key, &context, false))
        };
        !self.users.iter().any(on)
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Lives through one second that begins at `at` (ms since the epoch), `second` seconds after the opening, and
    /// writes what ended in it.
    pub(super) fn live(&mut self, at: i64, second: i64, now: &Conditions, thinning: Thinning, out: &mut String) {
        let busy = libm::cos(TAU / 24.0 * (second as f64 / HOUR - BUSIEST)).max(0.0);
        let traffic = (INTERNAL_RATE + EXTERNAL_RATE) * (QUIET + (1.0 - QUIET) * busy);
        for _ in 0..self.poisson(traffic / 60.0) {
            let luck = self.draw();
            self.external_uploads += u64::from(!self.users[luck.user].internal);
            if self.users[luck.user].internal || self.external_uploads.is_multiple_of(thinning.external_uploads) {
                self.upload(at + luck.offset_ms, &luck, now, thinning);
            }
        }
        while let Some(Reverse(due)) = self.due.peek().copied()
            && due.at < at + 1000
        {
            self.due.pop();
            if now.telemetry {
                self.count(&due.fact);
                due.write(out);
            }
        }
    }

    /// Something happens at `at`.
    pub(super) fn suffer(&mut self, at: i64, incident: Incident) {
        match incident {
            Incident::CursorRegression => {
                self.note(at, 0, Fact::Violated { stage: "pull", code: "pullCursorRegression" });
            }
            Incident::MissingObject => self.note(at, 31, Fact::Storage { code: "NoSuchKey" }),
            Incident::FlagSetElsewhere => {}
        }
    }

    fn upload(&mut self, at: i64, luck: &Luck, now: &Conditions, thinning: Thinning) {
        let on = self.flag_is_on(luck.user, at);
        let took = |base: f64, spread: f64| (base + spread * luck.pace * luck.pace) as u32;
        let register = took(35.0, 160.0);
        let mut clock = at + i64::from(register);
        if !on || luck.fallback < now.falling_back {
            self.legacy_uploads += 1;
            if on || self.legacy_uploads.is_multiple_of(thinning.legacy_records) {
                self.note(clock, register, Fact::Registered { secure: false, flag: on });
            }
            return;
        }
        let throttled = luck.throttling < now.throttled;
        let failed = self.failure(luck, now, throttled);
        if failed != Some(FailStage::Orchestrator) {
            self.note(clock, register, Fact::Registered { secure: true, flag: true });
            for (step, base) in [("stage", 20.0), ("chunk", 90.0), ("commit", 25.0), ("attach", 40.0)] {
                let retries = if throttled && step == "chunk" { 1 + (luck.kind * 3.0) as u8 } else { 0 };
                if retries > 0 {
                    self.note(clock + 10, 10, Fact::Storage { code: "SlowDown" });
                }
                let status = (step == "attach" && failed == Some(FailStage::StageAttach)).then_some(500);
                let took = took(base, base * 8.0) + u32::from(retries) * 400;
                clock += i64::from(took);
                self.note(clock, took, Fact::Blob { step, retries, status });
            }
        }
        clock += i64::from(took(30.0, 120.0));
        let whole = u32::try_from(clock - at).unwrap_or(0);
        self.note(clock, whole, Fact::Uploaded { bytes: luck.bytes, failed });
    }

    fn failure(&mut self, luck: &Luck, now: &Conditions, throttled: bool) -> Option<FailStage> {
        self.risk += USUAL_FAILURES + now.failing;
        if self.risk >= self.next_failure {
            self.risk = 0.0;
            self.next_failure = 0.5 + luck.pace;
            let flush = if now.failing > 0.0 { 0.2 } else { 0.4 };
            return Some(match luck.kind {
                k if k < flush => FailStage::Flush,
                k if k < 0.7 && now.failing == 0.0 => FailStage::Orchestrator,
                _ => FailStage::StageAttach,
            });
        }
        // The few throttled uploads of every day get through with their retries; those of a storm may not.
        let storm = now.throttled > 0.1;
        (storm && throttled && luck.failure < LOST_TO_THROTTLING).then_some(FailStage::StageAttach)
    }

    /// What the user's SDK, as of its last poll, says.
    fn flag_is_on(&mut self, user: usize, at: i64) -> bool {
        let user = &mut self.users[user];
        let polled = at - (at - user.phase).rem_euclid(user.every);
        let known = self.versions.iter().rposition(|(from, _)| *from <= polled).unwrap_or(0);
        match user.flag {
            Some((version, on)) if version == known => on,
            _ => {
                let group = if user.internal { "internal" } else { "external" };
                let context = Context { targeting_key: &user.id, attributes: &[("group", group)] };
                let on =
                    self.versions.get(known).is_some_and(|(_, flags)| flags.boolean(&self.flag_key, &context, false));
                user.flag = Some((known, on));
                on
            }
        }
    }

    fn note(&mut self, at: i64, took_ms: u32, fact: Fact) {
        self.number += 1;
        self.due.push(Reverse(Due { at, number: self.number, took_ms, fact }));
    }

    fn count(&mut self, fact: &Fact) {
        let tally = &mut self.tally;
        tally.records += 1;
        match fact {
            Fact::Registered { secure: true, .. } => tally.secure_registrations += 1,
            Fact::Registered { flag: false, .. } => tally.legacy += 1,
            Fact::Registered { flag: true, .. } => tally.fallen_back += 1,
            Fact::Uploaded { failed: None, .. } => tally.secure += 1,
            Fact::Uploaded { .. } => tally.failed += 1,
            Fact::Storage { .. } => tally.storage_errors += 1,
            Fact::Violated { .. } => tally.violations += 1,
            Fact::Blob { .. } => {}
        }
    }

    fn draw(&mut self) -> Luck {
        let rng = &mut self.rng;
        let internal = rng.random::<f64>() < INTERNAL_RATE / (INTERNAL_RATE + EXTERNAL_RATE);
        let user = rng.random::<f64>();
        Luck {
            user: if internal {
                (user * INTERNAL_USERS as f64) as usize
            } else {
                INTERNAL_USERS + (user * EXTERNAL_USERS as f64) as usize
            },
            offset_ms: rng.random_range(0..1000),
            failure: rng.random(),
            kind: rng.random(),
            throttling: rng.random(),
            fallback: rng.random(),
            bytes: rng.random_range(2_000..9_000_000),
            pace: rng.random(),
        }
    }

    /// How many, where `mean` are expected.
    fn poisson(&mut self, mean: f64) -> u32 {
        let limit = libm::exp(-mean);
        let mut product: f64 = self.rng.random();
        let mut n = 0;
        while product > limit {
            product *= self.rng.random::<f64>();
            n += 1;
        }
        n
    }
}
