//! Something for the audit log: chosen from a list, then the words that it needs.

use std::time::Duration;

use crate::tui::{
    field::Field,
    model::Model,
    record::{Ask, Choice, Kind, choices, polls},
};

/// The dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordForm {
    /// When it opened, or went on from the list to the words.
    pub opened: Duration,
    /// The list.
    pub choices: Vec<Choice>,
    /// The selected line.
    pub selected: usize,
    /// What was answered so far to what the selected line asks for; None while one is chosen.
    pub answers: Option<Vec<Answer>>,
    /// The answer that has the focus; one more than there are is the button.
    pub focus: usize,
    /// Why the last Enter did nothing.
    pub complaint: Option<String>,
    /// Whether it is about its selected line alone: there is no list to go back to.
    pub alone: bool,
}

/// What was typed for a line, until it is in the log: what is refused on the way is not to be typed once more.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The line.
    pub choice: Choice,
    /// What was answered.
    pub answers: Vec<Answer>,
    /// Why it is not in the log; none while it is on its way.
    pub refused: Option<String>,
}

/// An answer to an [`Ask`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Words.
    Text(Field),
    /// One of the options, by its place.
    Pick(usize),
}

impl RecordForm {
    /// Opens the list.
    pub fn open(model: &Model) -> Self {
        Self {
            opened: model.uptime,
            choices: list(model),
            selected: 0,
            answers: None,
            focus: 0,
            complaint: None,
            alone: false,
        }
    }

    /// Opens the words of the first line that is wanted, without the list; none where there is no such line.
    pub fn only(model: &Model, wanted: impl Fn(&Kind) -> bool) -> Option<Self> {
        let mut form = Self::open(model);
        form.selected = form.choices.iter().position(|choice| wanted(&choice.kind))?;
        form.alone = true;
        form.choose(model);
        Some(form)
    }

    /// What can be entered now, the same line selected. Not while words are typed for one.
    pub fn recheck(&mut self, model: &Model) {
        if self.answers.is_some() {
            return;
        }
        let selected = self.choice().cloned();
        self.choices = list(model);
        let again = self.choices.iter().position(|choice| Some(&choice.kind) == selected.as_ref().map(|c| &c.kind));
        self.selected = again.unwrap_or(self.selected.min(self.choices.len().saturating_sub(1)));
    }

    /// The selected line.
    pub fn choice(&self) -> Option<&Choice> {
        self.choices.get(self.selected)
    }

    /// Goes on to the words of the selected line: to those that were refused last, where it is the line that they were
    /// typed for, else to none.
    pub fn choose(&mut self, model: &Model) {
        (self.focus, self.opened) = (0, model.uptime);
        let same = |draft: &&Draft| {
            self.choice().is_some_and(|choice| choice.kind == draft.choice.kind && choice.asks == draft.choice.asks)
        };
        if let Some(Draft { answers, refused: Some(why), .. }) = model.draft.as_ref().filter(same) {
            (self.answers, self.complaint) = (Some(answers.clone()), Some(format!("not recorded: {why}")));
            return;
        }
        let asks = self.choice().map(|choice| choice.asks.as_slice()).unwrap_or_default();
        let blank = |ask: &Ask| match ask {
            Ask::Text { .. } => Answer::Text(Field::default()),
            Ask::Pick { .. } => Answer::Pick(0),
        };
        (self.answers, self.complaint) = (Some(asks.iter().map(blank).collect()), None);
    }

    /// The answers as text, in the order of what is asked for.
    pub fn given(&self) -> Vec<String> {
        let asks = self.choice().map(|choice| choice.asks.as_slice()).unwrap_or_default();
        let answers = self.answers.as_deref().unwrap_or_default();
        let text = |(ask, answer): (&Ask, &Answer)| match (ask, answer) {
            (_, Answer::Text(field)) => field.text(),
            (Ask::Pick { options, .. }, Answer::Pick(at)) => options.get(*at).cloned().unwrap_or_default(),
            (Ask::Text { .. }, Answer::Pick(_)) => String::new(),
        };
        asks.iter().zip(answers).map(text).collect()
    }

    /// Takes the next option, or the one before, where one is picked.
    pub fn pick(&mut self, by: isize) {
        let focus = self.focus;
        let asks = self.choices.get(self.selected).map(|choice| choice.asks.as_slice()).unwrap_or_default();
        let Some(Ask::Pick { options, .. }) = asks.get(focus) else { return };
        if let Some(Answer::Pick(at)) = self.answers.as_mut().and_then(|answers| answers.get_mut(focus)) {
            *at = at.saturating_add_signed(by).min(options.len().saturating_sub(1));
        }
    }

    /// Picks this option of what is asked for under this name, where there is such an option.
    pub fn preset(&mut self, label: &str, option: &str) {
        let asks = self.choices.get(self.selected).map(|choice| choice.asks.as_slice()).unwrap_or_default();
        for (ask, answer) in asks.iter().zip(self.answers.iter_mut().flatten()) {
            if let (Ask::Pick { label: of, options }, Answer::Pick(at)) = (ask, answer)
                && *of == label
            {
                *at = options.iter().position(|known| known == option).unwrap_or(*at);
            }
        }
    }

    /// Puts the focus on the first answer in words.
    pub fn to_words(&mut self) {
        let answers = self.answers.as_deref().unwrap_or_default();
        self.focus = answers.iter().position(|answer| matches!(answer, Answer::Text(_))).unwrap_or(0);
    }

    /// Whether the button has the focus.
    pub fn at_button(&self) -> bool {
        self.answers.as_ref().is_some_and(|answers| self.focus >= answers.len())
    }

    /// Whether words are asked for now.
    pub fn typing(&self) -> bool {
        self.answers.is_some()
    }

    /// The text that has the focus.
    pub fn field(&mut self) -> Option<&mut Field> {
        match self.answers.as_mut()?.get_mut(self.focus)? {
            Answer::Text(field) => Some(field),
            Answer::Pick(_) => None,
        }
    }
}

fn list(model: &Model) -> Vec<Choice> {
    let (assessment, history) = (model.assessment.as_deref(), model.history.as_deref());
    let mut list = choices(assessment, history, &model.facts.runbook, &model.facts.environment);
    list.extend(model.meeting().iter().flat_map(polls));
    list
}
