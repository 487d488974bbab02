//! What a promotion rests on beside telemetry: sign-off, polls, the automated gate, checks, evidence, what is deployed.

use std::collections::BTreeSet;

use super::{facts::Look, model::*};
use crate::{
    judge::{
        Assessment, Attached, CheckOutcome, QaReport, SignOff, Tree, Verdict, candidate, evidence_standing,
        sign_off_block,
    },
    text::clean,
    units::plural,
};

/// The signature that counts for the present stage: the last for this candidate and runbook since it was entered, where
/// the gate that asks for one passes, or nothing asks and what was approved is still what there is.
fn standing<'a>(look: &Look<'a>) -> Option<&'a SignOff> {
    let assessment = look.assessment;
    let asked = assessment.gates.iter().find(|gate| gate.kind == "sign_off");
    let stands = |signed: &&SignOff| {
        signed.stage == assessment.stage.key
            && candidate::same(look.candidate, signed.candidate.as_deref())
            && signed.runbook == look.runbook.digest
            && assessment.stage.entered_at.is_none_or(|entered| entered <= signed.at)
            && match asked {
                Some(gate) => gate.verdict == Verdict::Pass,
                None => signed.approval.as_ref() == Some(&assessment.approval),
            }
    };
    look.log.history.sign_offs.iter().rfind(stands)
}

pub(super) fn sign_off(look: &Look<'_>) -> Vec<Field> {
    let roles = &look.assessment.standing.roles;
    let (history, now) = (&look.log.history, look.assessment.at);
    let block = sign_off_block(look.runbook, history, roles, look.candidate, standing(look), now);
    block.into_iter().map(|field| Field { title: field.title, value: field.value, open: field.open }).collect()
}

pub(super) fn roles(assessment: &Assessment) -> Vec<Role> {
    let each = assessment.standing.roles.iter().map(|role| Role {
        key: role.key.clone(),
        title: role.title.clone(),
        name: role.name.clone(),
    });
    each.collect()
}

pub(super) fn signatures(look: &Look<'_>) -> Vec<Signature> {
    let stands = standing(look);
    let each = look.log.history.sign_offs.iter().map(|signed| Signature {
        at: signed.at,
        stage: clean(&signed.stage),
        candidate: signed.candidate.as_deref().map(clean),
        operator: clean(&signed.operator),
        statement: clean(&signed.statement),
        approval: signed.approval.as_deref().map(clean),
        stands: stands == Some(signed),
    });
    each.collect()
}

pub(super) fn polls(look: &Look<'_>) -> Vec<Poll> {
    let present = look.assessment.standing.poll.as_ref();
    let roles = &look.assessment.standing.roles;
    let each = look.log.history.polls.iter().map(|poll| Poll {
        poll: clean(&poll.poll),
        at: poll.at,
        operator: clean(&poll.operator),
        stage: clean(&poll.stage),
        candidate: poll.candidate.as_deref().map(clean),
        question: clean(&poll.question),
        fell: present.filter(|it| it.record.poll == poll.poll).and_then(|it| it.fell.clone()),
        answers: poll
            .roles
            .iter()
            .map(|role| {
                let vote = poll.answer(&role.key);
                let named = roles.iter().find(|known| known.key == role.key).and_then(|known| known.name.clone());
                Answer {
                    role: clean(&role.key),
                    title: clean(&role.title),
                    name: vote.map(|vote| clean(&vote.operator)).or(named),
                    answer: vote.map(|vote| vote.answer.word()),
                    at: vote.map(|vote| vote.at),
                    reason: vote.map(|vote| clean(&vote.reason)),
                }
            })
            .collect(),
        decision: poll.decision.as_ref().map(|decision| Decision {
            at: decision.at,
            operator: clean(&decision.operator),
            answer: decision.answer.word(),
            reason: clean(&decision.reason),
        }),
    });
    each.collect()
}

pub(super) fn qa_runs(look: &Look<'_>) -> Vec<QaRun> {
    look.log.history.qa_reports.iter().filter(|report| look.tells(report.at)).map(qa_run).collect()
}

fn qa_run(report: &QaReport) -> QaRun {
    let (run, ran) = (&report.run, report.run.ran.as_ref());
    let (tree, tree_note) = match ran.map(|ran| &ran.tree) {
        None => ("imported", None),
        Some(Tree::Clean) => ("clean", None),
        Some(Tree::Dirty { files, count }) => {
            let more = if *count > files.len() { ", ..." } else { "" };
            ("dirty", Some(clean(&format!("{}: {}{more}", plural(*count, "file"), files.join(", ")))))
        }
        Some(Tree::Unknown { why }) => ("unknown", Some(clean(why))),
    };
    let span = run.completed_at.map(|completed| (completed - run.started_at).num_milliseconds() as f64 / 1000.0);
    QaRun {
        at: report.at,
        operator: clean(&report.operator),
        command: clean(&run.command),
        candidate: clean(&run.candidate),
        passed: run.checks.iter().filter(|check| check.status == "pass").count(),
        checks: run.checks.iter().map(|check| QaCheck { id: clean(&check.id), status: clean(&check.status) }).collect(),
        dry_run: run.dry_run,
        tree,
        tree_note,
        started_at: run.started_at,
        completed_at: run.completed_at,
        duration_s: ran.map(|ran| ran.duration_ms as f64 / 1000.0).or(span),
        exit: ran.and_then(|ran| ran.exit),
        killed: ran.and_then(|ran| ran.killed.as_deref()).map(clean),
        digest: run.digest.clone(),
        output: ran.and_then(|ran| ran.output.clone()),
    }
}

/// The word for it.
fn outcome(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Pass => "pass",
        CheckOutcome::Fail => "fail",
        CheckOutcome::Blocked => "blocked",
    }
}

/// Each check of the runbook, and of the log where the runbook has it no more, in each environment that any was made in.
pub(super) fn checklist(look: &Look<'_>) -> Vec<Check> {
    let made = &look.log.history.checks;
    let mut environments: Vec<&str> = vec!["staging", look.environment];
    let known: BTreeSet<&str> = made.iter().map(|check| check.environment.as_str()).collect();
    environments.extend(known.into_iter().filter(|environment| !["staging", look.environment].contains(environment)));
    environments.dedup();
    let listed = look.runbook.checklist.iter().map(|check| (check.key.as_str(), check.title.as_str()));
    let unlisted: BTreeSet<&str> = made
        .iter()
        .map(|check| check.check.as_str())
        .filter(|key| look.runbook.checklist.iter().all(|check| check.key != *key))
        .collect();
    let each = listed.chain(unlisted.into_iter().map(|key| (key, key))).map(|(key, title)| Check {
        key: clean(key),
        title: clean(title),
        environments: environments
            .iter()
            .map(|environment| {
                let latest = made.iter().rfind(|check| check.check == key && check.environment == *environment);
                CheckIn {
                    environment: clean(environment),
                    outcome: latest.map(|check| outcome(check.outcome)),
                    at: latest.map(|check| check.at),
                    operator: latest.map(|check| clean(&check.operator)),
                    candidate: latest.and_then(|check| check.candidate.as_deref()).map(clean),
                    of_candidate: latest
                        .is_some_and(|check| candidate::same(look.candidate, check.candidate.as_deref())),
                    note: latest.map(|check| clean(&check.note)).filter(|note| !note.is_empty()),
                }
            })
            .collect(),
    });
    each.collect()
}

pub(super) fn evidence(look: &Look<'_>) -> Vec<Evidence> {
    let standing = evidence_standing(look.runbook, &look.log.history, look.candidate, look.assessment.at);
    let each = standing.into_iter().map(|item| Evidence {
        key: item.item.key.clone(),
        title: clean(&item.item.title),
        open: item.open,
        shown: item
            .shown
            .into_iter()
            .map(|shown| Shown { at: shown.at, operator: shown.operator, text: shown.text })
            .collect(),
    });
    each.collect()
}

pub(super) fn attachments(look: &Look<'_>) -> Vec<Attachment> {
    let history = &look.log.history;
    let items = history.attachments.iter().map(|record| {
        let (of, attachment) = (format!("evidence {}", record.attachment.item), &record.attachment);
        let host = clean(&record.host);
        let about = (attachment.candidate.as_deref(), attachment.note.as_str());
        Attachment { host, ..attached(record.at, &record.operator, &of, about, &attachment.attached) }
    });
    let checks = history.checks.iter().filter_map(|check| {
        let of = format!("check {} in {}", check.check, check.environment);
        let about = (check.candidate.as_deref(), check.note.as_str());
        Some(attached(check.at, &check.operator, &of, about, check.attached.as_ref()?))
    });
    let mut all: Vec<Attachment> = items.chain(checks).filter(|attachment| look.tells(attachment.at)).collect();
    all.sort_by_key(|attachment| attachment.at);
    all
}

fn attached(
    at: chrono::DateTime<chrono::Utc>,
    operator: &str,
    of: &str,
    (candidate, note): (Option<&str>, &str),
    attached: &Attached,
) -> Attachment {
    let (url, name, file) = match attached {
        Attached::Link { url } => (Some(url), None, None),
        Attached::File { file, name } => (None, Some(clean(name)), Some(file)),
        Attached::Logs { file, lines, source } => {
            (None, Some(clean(&format!("{} from {source}", plural(*lines, "log line")))), Some(file))
        }
    };
    Attachment {
        at,
        operator: clean(operator),
        host: String::new(),
        of: clean(of),
        candidate: candidate.map(clean),
        url: url.map(|url| clean(url)),
        name,
        path: file.map(|file| clean(&file.path)),
        bytes: file.map(|file| file.bytes),
        digest: file.map(|file| clean(&file.digest)),
        note: clean(note),
    }
}

pub(super) fn deployed(assessment: &Assessment) -> Option<Deployed> {
    let told = assessment.standing.deployed.as_ref()?;
    let commits = told.commits.iter().map(|(commit, n)| Instances { commit: clean(commit), instances: *n });
    Some(Deployed { commits: commits.collect(), matches: told.matches, why: told.why.clone() })
}
