//! Scenes of what is done to a rollout: plans, requests, changes elsewhere, a rollback that stands.

use super::*;

/// Three writes, as a store plans them for this flag.
pub fn plan() -> gonogo::flags::Plan {
    let write = |title: &str| gonogo::flags::Write { title: title.into(), request: serde_json::json!({"do": title}) };
    gonogo::flags::Plan {
        from_version: flag_state().version,
        target: Exposure::everyone(),
        writes: vec![
            write("set the gradual rollout of vfsSecureUpload in production to 100 %"),
            write("remove the strategy for internal users"),
            write("switch production on"),
        ],
    }
}

/// Everything passes, and entering the next stage takes two people.
pub fn go_by_two(request: Option<RequestAssessment>) -> Assessment {
    let mut a = go();
    a.standing.second_person = Some(TimeDelta::hours(4));
    a.standing.request = request;
    a
}

/// The request of this person, made a quarter of an hour ago.
pub fn request_of(operator: &str) -> RequestAssessment {
    RequestAssessment {
        id: "a1b2c3d4e5f60718".into(),
        at: now() - TimeDelta::minutes(15),
        operator: operator.into(),
        to: "default-on".into(),
        reason: "24 h without a spike".into(),
        expires_at: now() + TimeDelta::minutes(225),
        fallen: Vec::new(),
    }
}

/// Stage 2, from which one may go back to stage 1; and it has been seen to serve.
pub fn reducible() -> Assessment {
    let mut a = no_go();
    a.standing.reduce = ActionAssessment { allowed: true, to: Some("internal-canary".into()), blockers: Vec::new() };
    a.standing.serving =
        Some(ServingAssessment { since: Some(now() - TimeDelta::minutes(371)), attempts: 48_211, blind: None });
    a
}

/// A drifted flag: it can be restored, and stands for no earlier stage.
pub fn drift_with_ways_out() -> Assessment {
    let mut a = drift();
    a.standing.restore = ActionAssessment { allowed: true, to: Some("limited-external".into()), blockers: Vec::new() };
    a.standing.adopt = ActionAssessment {
        allowed: false,
        to: None,
        blockers: vec!["everyone is more than any stage up to now says: adopting never grows what was decided".into()],
    };
    a
}

/// A flag that somebody set to everyone.
pub fn changed_flag() -> FlagState {
    FlagState {
        configured: Exposure::everyone(),
        changed_at: Some(now() - TimeDelta::minutes(3)),
        changed_by: Some("alice@example.com".into()),
        changed_what: Some("gradual rollout 5 % -> 100 %".into()),
        ..flag_state()
    }
}

/// The cockpit with a flag that somebody changed elsewhere.
pub fn drifted(size: (u16, u16)) -> Model {
    let mut model = model(drift_with_ways_out(), size);
    let mut snapshot = snapshot();
    snapshot.flag.state = Some(changed_flag());
    model.snapshot = Arc::new(snapshot);
    model
}

/// How far a rollback is in a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Far {
    /// Off, and users still on the new path.
    Converging,
    /// Off, and telemetry cannot see the paths.
    Blind,
    /// Everything up to the interlock.
    Locked,
    /// The interlock, too.
    Open,
}

/// A rollback that was confirmed three minutes ago.
pub fn rollback_stands(far: Far) -> Assessment {
    let mut a = hold();
    let at = now() - TimeDelta::seconds(192);
    a.stage.index = 0;
    a.stage.key = "dark-launch".into();
    a.stage.title = "Dark launch".into();
    a.stage.entered_at = Some(at);
    a.headline = "interlock: 3 things are missing before the canary is enabled again".into();
    a.flag.serves = Some(Exposure::off());
    a.flag.enabled = Some(false);
    let (legacy, found) = match far {
        Far::Converging => {
            (StepState::Converging, "3 secure uploads since off, the last 40 s ago; legacy 7 a minute; about 1 m more")
        }
        Far::Blind => (StepState::Blind, "prometheus has not answered for 3 m: nobody can see which path uploads take"),
        Far::Locked | Far::Open => {
            (StepState::Verified, "no secure upload for 2 whole minutes, 23 legacy registrations in them")
        }
    };
    let done = matches!(far, Far::Locked | Far::Open);
    let open = far == Far::Open;
    let step = |title: &str, does, state, found: &str| StepAssessment {
        title: title.into(),
        does,
        state,
        found: found.into(),
    };
    let first = minute_of(at) - 15;
    let minutes = (0..18).map(|i| match i {
        0..15 => (first + i, 11 + (i as u64 % 3), 0),
        15 => (first + i, 3, 1),
        16 => (first + i, 0, 7),
        _ => (first + i, 0, 16),
    });
    let need = |key, title: &str, found: &str| Need { key, title: title.into(), met: open, found: found.into() };
    a.standing.procedure = Some(ProcedureAssessment {
        rollback: "7c1e5b0900000000".into(),
        at,
        operator: "oncall".into(),
        host: "ops-1".into(),
        reason: "success rate below the SLO for 12 minutes".into(),
        from_stage: "limited-external".into(),
        before: Some(exposure(&["internal"], 5)),
        joined: if done { vec!["alice".into()] } else { Vec::new() },
        legacy: LegacyAssessment {
            state: legacy,
            gone: 3,
            back: 24,
            last_gone: Some(at + TimeDelta::seconds(40)),
            sdks_by: Some(at + TimeDelta::seconds(15)),
            minutes: if far == Far::Blind { Vec::new() } else { minutes.collect() },
            found: found.into(),
        },
        steps: vec![
            step("Disable", StepKind::Disable, StepState::Verified, "off since 13:59:19, read back"),
            step("Legacy behaviour back", StepKind::ConfirmLegacy, legacy, found),
            step(
                "Keep diagnostics",
                StepKind::KeepDiagnostics,
                StepState::Kept,
                if done { "41 files, at once and at the end" } else { "38 files, at once" },
            ),
            step(
                "Fix before re-enabling",
                StepKind::FixFirst,
                if open { StepState::Open } else { StepState::Locked },
                "",
            ),
        ],
        done_at: done.then(|| at + TimeDelta::seconds(150)),
    });
    a.standing.interlock = Some(InterlockAssessment {
        rollback: "7c1e5b0900000000".into(),
        rolled_back: Some("018e611c0ffee".into()),
        needs: vec![
            need(
                "candidate",
                "another candidate",
                if open { "2ab4c6d8e0f1" } else { "018e611 was rolled back; name the fix" },
            ),
            need("qa", "a green QA gate on it", if open { "green 10 m ago" } else { "no report since the rollback" }),
            need(
                "resolution",
                "a resolution",
                if open { "by alice: fixed in #812" } else { "say what was wrong and how it was put right" },
            ),
        ],
    });
    a
}

/// The past with that rollback in it.
pub fn rolled_back_history(far: Far) -> History {
    let at = now() - TimeDelta::seconds(192);
    let done = matches!(far, Far::Locked | Far::Open);
    let mut history = history();
    history.visits.push(Visit { stage: "dark-launch".into(), entered_at: at, left_at: None, by_rollback: true });
    history.rollback = Some(RollbackRecord {
        id: "7c1e5b0900000000".into(),
        at,
        operator: "oncall".into(),
        host: "ops-1".into(),
        reason: "success rate below the SLO for 12 minutes".into(),
        from_stage: "limited-external".into(),
        candidate: Some("018e611c0ffee".into()),
        before: Some(exposure(&["internal"], 5)),
        joined: Vec::new(),
        verified_at: Some(at + TimeDelta::seconds(1)),
        legacy: done.then(|| {
            let found = "no secure upload for 2 whole minutes".to_owned();
            (
                at + TimeDelta::seconds(150),
                "oncall".to_owned(),
                LegacyEvidence::Telemetry { last_gone: None, back: 23, found },
            )
        }),
        kept: vec![(
            at + TimeDelta::seconds(2),
            gonogo::audit::Phase::AtOnce,
            "ops-1:/var/lib/gonogo/vfs-secure-upload/production/evidence/7c1e5b09".into(),
        )],
        resolved: None,
        left_at: None,
    });
    history
}

/// The cockpit with that rollback, the flag being off.
pub fn after_rollback(far: Far, size: (u16, u16)) -> Model {
    let mut model = model(rollback_stands(far), size);
    let mut snapshot = snapshot();
    snapshot.flag.state = Some(FlagState { enabled: false, ..flag_state() });
    model.snapshot = Arc::new(snapshot);
    model.history = Some(Arc::new(rolled_back_history(far)));
    model
}

/// A runbook of which much can be told: an attested gate, a signature, a trigger that people raise, a checklist, a QA gate.
pub fn talkative() -> Arc<Runbook> {
    let mut runbook = Runbook::clone(&runbook());
    let stage = &mut runbook.stages[2];
    stage.gates.push(gate_of(
        "support",
        "Support saw nothing",
        "Nobody reported a lost file.",
        Condition::Attestation { statement: "support has seen no report of a lost file in this stage".into() },
    ));
    stage.gates.push(gate_of("owner", "Signed off", "The release owner signed.", Condition::SignOff));
    stage.gates.push(gate_of(
        "manual",
        "Manual checks",
        "Done.",
        Condition::Checklist { environment: "staging".into() },
    ));
    runbook.triggers[3].when.push(TripWire::Raised);
    runbook.checklist = vec![
        Check { key: "restore".into(), title: "A deleted file is restored on another device".into(), seen: Vec::new() },
        Check { key: "share".into(), title: "A shared folder opens on the receiver's side".into(), seen: Vec::new() },
    ];
    runbook.qa = Some(QaGate {
        command: "pnpm qaVfsSecureUpload".into(),
        checks: vec!["register".into(), "flush".into()],
        covers: Vec::new(),
        max_age: Duration::from_secs(24 * 3600),
        report: Vec::new(),
        reported_as: Vec::new(),
        older: Default::default(),
        limit: Duration::from_secs(3600),
    });
    Arc::new(runbook)
}
