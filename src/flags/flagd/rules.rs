//! What a flag's JSON means, and what a flag that means something is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::targeting;
use crate::{
    fault::{Fault, FaultKind},
    runbook::{Cohort, Exposure},
};

/// The three members that gonogo owns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Served {
    pub(super) state: String,
    pub(super) default_variant: String,
    pub(super) targeting: Option<Value>,
}

impl Served {
    /// `ENABLED`, so that flagd itself answers: of a `DISABLED` flag it says nothing, and each application falls back
    /// to its own default, which nobody knows here.
    pub(super) fn explicit(default_variant: String, targeting: Option<Value>) -> Self {
        Self { state: "ENABLED".to_owned(), default_variant, targeting }
    }

    /// What `flag` holds of them.
    pub(super) fn of(flag: &Value) -> Option<Self> {
        Some(Self {
            state: flag.get("state")?.as_str()?.to_owned(),
            default_variant: flag.get("defaultVariant")?.as_str()?.to_owned(),
            targeting: rules(flag).cloned(),
        })
    }
}

/// The flag's targeting; flagd takes null and `{}` for none.
fn rules(flag: &Value) -> Option<&Value> {
    flag.get("targeting").filter(|rules| !rules.is_null() && rules.as_object().is_none_or(|map| !map.is_empty()))
}

/// The flag's variants: names for true and for false, in the file's order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variants(Vec<(String, bool)>);

impl Variants {
    /// All of them, if they make a boolean flag.
    pub(super) fn strict(variants: Option<&Value>) -> Result<Self, String> {
        let map = variants.and_then(Value::as_object).ok_or("the flag has no \"variants\"")?;
        let named = map
            .iter()
            .map(|(name, value)| value.as_bool().map(|value| (name.clone(), value)))
            .collect::<Option<Vec<_>>>()
            .ok_or("the flag is not boolean: its variants are not all true or false")?;
        let all = Self(named);
        if !all.0.iter().any(|(_, value)| *value) || !all.0.iter().any(|(_, value)| !*value) {
            return Err("the flag needs a variant that is true and one that is false".to_owned());
        }
        Ok(all)
    }

    /// Those that are boolean.
    pub(super) fn lenient(raw: Option<&str>) -> Self {
        let map: serde_json::Map<String, Value> =
            raw.and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
        Self(map.into_iter().filter_map(|(name, value)| Some((name, value.as_bool()?))).collect())
    }

    /// The variant of this name.
    pub(super) fn value(&self, name: &str) -> Option<bool> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The name that gonogo uses for true.
    pub(super) fn yes(&self) -> &str {
        self.named(true, "on")
    }

    /// The name that gonogo uses for false.
    pub(super) fn no(&self) -> &str {
        self.named(false, "off")
    }

    /// The name that means false, and the same name if such a variant is still to be added.
    pub(super) fn false_variant(&self) -> (String, Option<String>) {
        if self.0.iter().any(|(_, value)| !*value) {
            return (self.no().to_owned(), None);
        }
        let name = if self.value("off").is_none() { "off" } else { "gonogo-off" }.to_owned();
        (name.clone(), Some(name))
    }

    fn named(&self, value: bool, preferred: &str) -> &str {
        if self.value(preferred) == Some(value) {
            return self.0.iter().find(|(name, _)| name == preferred).map_or("", |(name, _)| name);
        }
        self.0.iter().find(|(_, v)| *v == value).map_or("", |(name, _)| name)
    }
}

/// Whether anybody can get the feature, whom gonogo's rules name, and what is not gonogo's.
pub(super) fn understand(flag: &Value, cohorts: &[Cohort]) -> Result<(bool, Exposure, Vec<String>), String> {
    let variants = Variants::strict(flag.get("variants"))?;
    let enabled = match flag.get("state").and_then(Value::as_str) {
        Some("ENABLED") => true,
        Some("DISABLED") => false,
        _ => return Err("the flag's \"state\" is neither ENABLED nor DISABLED".to_owned()),
    };
    let mut foreign = Vec::new();
    if !enabled {
        foreign.push("the flag is DISABLED: each application falls back to its own default, unknown here".to_owned());
    }
    let default = match flag.get("defaultVariant") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) if name.is_empty() => None,
        Some(Value::String(name)) => {
            Some(variants.value(name).ok_or("the flag's \"defaultVariant\" is not one of its variants")?)
        }
        Some(_) => return Err("the flag's \"defaultVariant\" is not a name".to_owned()),
    };
    if default.is_none() {
        foreign.push("the flag has no default variant: each application falls back to its own default".to_owned());
    }
    let configured = match (rules(flag), default) {
        // Everyone, and so it is written too: even a context without a targeting key is served.
        (None, Some(true)) => Exposure::everyone(),
        (None, _) => Exposure::off(),
        (Some(rules), default) => {
            if default == Some(true) {
                foreign.push("the default variant is on for whoever the targeting does not decide".to_owned());
            }
            targeting::recognise(rules, &variants, cohorts).unwrap_or_else(|words| {
                foreign.push(words);
                Exposure::off()
            })
        }
    };
    let anybody = enabled && (!configured.is_off() || !foreign.is_empty());
    Ok((anybody, configured, foreign))
}

/// What serves `target`, which is not off.
pub(super) fn serving(target: &Exposure, variants: &Variants, cohorts: &[Cohort]) -> Result<Served, Fault> {
    if target.is_everyone() {
        return Ok(Served::explicit(variants.yes().to_owned(), None));
    }
    let mut rules = Vec::new();
    for key in &target.cohorts {
        let rule = cohorts.iter().find(|cohort| cohort.key == *key).and_then(|cohort| cohort.attribute.as_ref());
        let rule = rule.filter(|rule| !rule.values.is_empty()).ok_or_else(|| {
            Fault::new(
                FaultKind::Configuration,
                format!("the runbook does not say by which attribute flagd tells the cohort \"{key}\""),
                format!("give the cohort \"{key}\" a flagd attribute and its values"),
            )
        })?;
        rules.push(rule);
    }
    Ok(Served::explicit(variants.no().to_owned(), Some(targeting::compose(target, variants, &rules))))
}
