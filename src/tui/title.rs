//! The window's title: the call, before anything else.

use super::{
    model::Model,
    rollouts::{list::Rollouts, standing::Rank},
    words,
};

/// Longest title, in columns: a task bar shows less.
const LONGEST: usize = 120;

/// `gonogo: NO-GO VFS secure upload production`; without a call while nothing is judged.
pub fn title(model: &Model) -> String {
    let facts = &model.facts;
    let call = model.assessment.as_ref().map_or("not judged yet", |assessment| assessment.call.banner());
    let text = format!("gonogo: {call} {} {}", facts.runbook.title, facts.environment);
    words::fit(&text, LONGEST, "..")
}

/// `gonogo: 2 NO-GO 1 broken 3 HOLD of 8 rollouts`: how many stand how, the worst first; nothing that is nowhere.
pub fn title_of_list(list: &Rollouts) -> String {
    let ranks: [(&[Rank], &str); 5] = [
        (&[Rank::Stop, Rank::NoGo], Rank::NoGo.word()),
        (&[Rank::Broken], Rank::Broken.word()),
        (&[Rank::Blind, Rank::Pending], Rank::Pending.word()),
        (&[Rank::Unseen], Rank::Unseen.word()),
        (&[Rank::Go], Rank::Go.word()),
    ];
    let counted = ranks.into_iter().map(|(ranks, word)| (list.count(ranks), word)).filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted.map(|(count, word)| format!("{count} {word}")).collect();
    let text = format!("gonogo: {} of {}", counted.join(" "), crate::units::plural(list.entries.len(), "rollout"));
    words::fit(&text, LONGEST, "..")
}
