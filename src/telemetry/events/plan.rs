//! What is looked for in a record: the runbook's signals, compiled once.

use crate::runbook::{DeployedEvent, EventRead, MatchOp, Runbook, Signal};

/// Index of a field's text in a [`super::record::Record`].
pub(super) type Slot = usize;

/// Where every record keeps its time.
pub(super) const TIME: Slot = 0;

/// Fields that are wanted, as a tree over their dotted paths.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Wanted fields below this one.
    pub(super) children: Vec<(String, Node)>,
    /// Where this field's own text goes, if it is wanted.
    pub(super) slot: Option<Slot>,
}

impl Node {
    /// The wanted field of this name, if there is one.
    pub(super) fn child(&self, key: &str) -> Option<&Self> {
        self.children.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }
}

/// A field as a signal reads it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    slot: Slot,
    boolean: bool,
}

impl Field {
    /// The field's text; a boolean that was written as 1 or 0 is spelt out.
    pub(super) fn of<'a>(&self, texts: &'a [String]) -> &'a str {
        match texts[self.slot].as_str() {
            "1" if self.boolean => "true",
            "0" if self.boolean => "false",
            text => text,
        }
    }
}

/// How one signal is read.
#[derive(Debug)]
pub(super) struct SignalPlan {
    /// Signal key.
    pub(super) key: String,
    /// None where the runbook does not say how to read it from events.
    pub(super) read: Option<ReadPlan>,
    /// Such that a person can repeat it.
    pub(super) query: String,
}

/// How one signal is read from a record of the right name.
#[derive(Debug)]
pub(super) struct ReadPlan {
    matchers: Vec<(Field, MatchOp)>,
    pub(super) labels: Vec<Field>,
    pub(super) value: Option<Slot>,
}

impl ReadPlan {
    /// Whether a record of the right name is one of this signal's.
    pub(super) fn matches(&self, texts: &[String]) -> bool {
        self.matchers.iter().all(|(field, op)| op.holds(field.of(texts)))
    }
}

/// How a record tells which commit an instance runs.
#[derive(Debug)]
pub(super) struct DeployedPlan {
    name: Slot,
    names: Vec<String>,
    commit: Slot,
    instance: Option<Slot>,
}

impl DeployedPlan {
    /// The instance and its commit, if the record is of this kind.
    pub(super) fn told<'a>(&self, texts: &'a [String]) -> Option<(&'a str, &'a str)> {
        let instance = self.instance.map_or("", |slot| texts[slot].as_str());
        self.holds(texts).then(|| (instance, texts[self.commit].as_str()))
    }

    fn holds(&self, texts: &[String]) -> bool {
        self.names.contains(&texts[self.name])
    }
}

/// A record's name, and the signals that read records of this name.
type Name = (String, Vec<usize>);

/// Everything looked for in a record.
#[derive(Debug)]
pub(super) struct Plan {
    /// Wanted fields.
    pub(super) root: Node,
    /// Number of slots.
    pub(super) slots: usize,
    /// In the runbook's order.
    pub(super) signals: Vec<SignalPlan>,
    /// By name field: which names mean which signals.
    names: Vec<(Slot, Vec<Name>)>,
    /// How records tell what is deployed, if they do.
    pub(super) deployed: Option<DeployedPlan>,
}

impl Plan {
    /// Compiles the runbook's signals for `environment`, to be read from `source`.
    pub(super) fn new(runbook: &Runbook, environment: &str, source: &str) -> Self {
        let mut plan = Self::empty();
        plan.slot("timestamp");
        for (index, signal) in runbook.signals.iter().enumerate() {
            let read = signal.events.as_ref().map(|read| plan.read(index, read, environment));
            plan.signals.push(SignalPlan { key: signal.key.clone(), read, query: query(signal, environment, source) });
        }
        let deployed = runbook.deployed.as_ref().and_then(|deployed| deployed.events.as_ref());
        plan.deployed = deployed.map(|read| plan.read_deployed(read));
        plan
    }

    /// A plan for records of one kind.
    #[cfg(test)]
    pub(super) fn of_one(read: &EventRead) -> Self {
        let mut plan = Self::empty();
        plan.slot("timestamp");
        let read = plan.read(0, read, "test");
        plan.signals.push(SignalPlan { key: "one".into(), read: Some(read), query: String::new() });
        plan
    }

    /// A plan that looks for nothing.
    pub(super) fn empty() -> Self {
        Self { root: Node::default(), slots: 0, signals: Vec::new(), names: Vec::new(), deployed: None }
    }

    /// The signals whose records have this record's name, by any field that can hold it.
    pub(super) fn signals_of<'a>(&'a self, texts: &'a [String]) -> impl Iterator<Item = usize> + 'a {
        // A runbook has a dozen names: comparing them is faster than hashing one.
        self.names
            .iter()
            .filter_map(|(slot, names)| names.iter().find(|(name, _)| *name == texts[*slot]))
            .flat_map(|(_, signals)| signals)
            .copied()
    }

    /// Whether anything is to be read from a record of this name.
    pub(super) fn wants(&self, texts: &[String]) -> bool {
        self.signals_of(texts).next().is_some() || self.deployed.as_ref().is_some_and(|read| read.holds(texts))
    }

    /// Whether what is known of a record so far rules it out: it has a name, and nobody wants that name.
    pub(super) fn rules_out(&self, texts: &[String]) -> bool {
        let slots = self.names.iter().map(|(slot, _)| *slot).chain(self.deployed.iter().map(|read| read.name));
        let mut named = slots.map(|slot| !texts[slot].is_empty());
        named.any(|named| named) && !self.wants(texts)
    }

    fn read_deployed(&mut self, read: &DeployedEvent) -> DeployedPlan {
        DeployedPlan {
            name: self.slot(&read.name_field),
            names: read.names.clone(),
            commit: self.slot(&read.commit),
            instance: read.instance.as_deref().map(|path| self.slot(path)),
        }
    }

    fn read(&mut self, index: usize, read: &EventRead, environment: &str) -> ReadPlan {
        let name = self.slot(&read.name_field);
        let names = match self.names.iter().position(|(slot, _)| *slot == name) {
            Some(at) => at,
            None => {
                self.names.push((name, Vec::new()));
                self.names.len() - 1
            }
        };
        let names = &mut self.names[names].1;
        for name in &read.names {
            match names.iter_mut().find(|(known, _)| known == name) {
                Some((_, signals)) => signals.push(index),
                None => names.push((name.clone(), vec![index])),
            }
        }
        let matchers: Vec<_> = read
            .matchers
            .iter()
            .map(|matcher| {
                let op = in_environment(&matcher.op, environment);
                let boolean = is_boolean(&matcher.field) || words(&op).iter().any(|w| w == "true" || w == "false");
                (Field { slot: self.slot(&matcher.field), boolean }, op)
            })
            .collect();
        let labels = read
            .labels
            .iter()
            .map(|path| {
                let slot = self.slot(path);
                let compared = matchers.iter().any(|(field, _)| field.slot == slot && field.boolean);
                Field { slot, boolean: compared || is_boolean(path) }
            })
            .collect();
        ReadPlan { matchers, labels, value: read.value_field.as_deref().map(|path| self.slot(path)) }
    }

    /// The slot of a dotted path, made if it is new.
    fn slot(&mut self, path: &str) -> Slot {
        let mut node = &mut self.root;
        for key in path.split('.') {
            let at = match node.children.iter().position(|(name, _)| name == key) {
                Some(at) => at,
                None => {
                    node.children.push((key.to_owned(), Node::default()));
                    node.children.len() - 1
                }
            };
            node = &mut node.children[at].1;
        }
        *node.slot.get_or_insert_with(|| {
            self.slots += 1;
            self.slots - 1
        })
    }
}

/// The product writes its `success` as `true`/`false` or as 1/0.
fn is_boolean(path: &str) -> bool {
    path.rsplit('.').next() == Some("success")
}

fn words(op: &MatchOp) -> &[String] {
    match op {
        MatchOp::In(words) | MatchOp::NotIn(words) => words,
    }
}

fn in_environment(op: &MatchOp, environment: &str) -> MatchOp {
    let fill = |words: &[String]| words.iter().map(|word| word.replace("{environment}", environment)).collect();
    match op {
        MatchOp::In(words) => MatchOp::In(fill(words)),
        MatchOp::NotIn(words) => MatchOp::NotIn(fill(words)),
    }
}

/// `events:/var/log/app: eventName=vfs_secure_upload success=false by detail.message`
fn query(signal: &Signal, environment: &str, source: &str) -> String {
    let Some(read) = &signal.events else {
        return format!("events:{source}: no way to read it is given");
    };
    let mut text = format!("events:{source}: {}={}", read.name_field, read.names.join("|"));
    for matcher in &read.matchers {
        let sign = if matches!(matcher.op, MatchOp::In(_)) { "=" } else { "!=" };
        let op = in_environment(&matcher.op, environment);
        text.push_str(&format!(" {}{sign}{}", matcher.field, words(&op).join("|")));
    }
    if let Some(value) = &read.value_field {
        text.push_str(&format!(" sum {value}"));
    }
    if !read.labels.is_empty() {
        text.push_str(&format!(" by {}", read.labels.join(", ")));
    }
    text
}
