//! What gonogo is known by elsewhere: no business of the gate's command, and never in what is kept of it.

use std::ffi::OsString;

/// What is there instead.
const REDACTED: &[u8] = b"[redacted]";

/// Shorter values are words rather than secrets: taking them out would leave nothing to read.
const SHORTEST: usize = 4;

/// The variables of an environment that hold secrets of gonogo, and other secrets that are known.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Names of the variables.
    pub names: Vec<String>,
    values: Vec<String>,
}

impl Secrets {
    /// Those of this process.
    pub fn of_this_process() -> Self {
        let named = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        };
        Self::among(std::env::vars_os().filter_map(named))
    }

    /// These, and such values of secrets.
    pub fn and(mut self, values: impl IntoIterator<Item = String>) -> Self {
        self.values.extend(values);
        self
    }

    /// Those among these variables.
    pub fn among(variables: impl Iterator<Item = (String, String)>) -> Self {
        let secret = |name: &str| {
            let name = name.strip_prefix("GONOGO_");
            name.is_some_and(|name| name.ends_with("TOKEN") || name.ends_with("PASSWORD") || name == "WEBHOOK")
        };
        let (names, values) = variables.filter(|(name, _)| secret(name)).unzip();
        Self { names, values }
    }

    /// Takes them out of a stream.
    pub fn redactor(&self) -> Redactor {
        let mut secrets: Vec<Vec<u8>> = self.values.iter().map(|value| value.trim().as_bytes().to_vec()).collect();
        secrets.retain(|value| value.len() >= SHORTEST);
        // One may begin another.
        secrets.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Redactor { secrets, held: Vec::new() }
    }
}

/// Takes secrets out of a stream of bytes, wherever it is cut.
#[derive(Debug)]
pub struct Redactor {
    secrets: Vec<Vec<u8>>,
    /// What may be the beginning of one.
    held: Vec<u8>,
}

impl Redactor {
    /// The stream so far, without secrets; what may be the beginning of one waits for more.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.secrets.is_empty() {
            return bytes.to_vec();
        }
        self.held.extend_from_slice(bytes);
        self.release(false)
    }

    /// What still waits, at the end of the stream.
    pub fn end(&mut self) -> Vec<u8> {
        self.release(true)
    }

    fn release(&mut self, over: bool) -> Vec<u8> {
        let (held, mut out, mut at) = (std::mem::take(&mut self.held), Vec::new(), 0);
        while at < held.len() {
            let rest = &held[at..];
            // The longest first: a shorter secret may be how a longer one begins.
            if !over && self.secrets.iter().any(|secret| secret.len() > rest.len() && secret.starts_with(rest)) {
                self.held = rest.to_vec();
                break;
            } else if let Some(secret) = self.secrets.iter().find(|secret| rest.starts_with(secret)) {
                out.extend_from_slice(REDACTED);
                at += secret.len();
            } else {
                out.push(held[at]);
                at += 1;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let variables = [
            ("GONOGO_FLAGS_TOKEN", "hunter2"),
            ("GONOGO_TELEMETRY_TOKEN", "hunter2-and-more"),
            ("GONOGO_AUDIT_PASSWORD", "abc"),
            ("GONOGO_ENVIRONMENT", "staging"),
            ("PATH", "/bin"),
        ];
        Secrets::among(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())))
    }

    #[test]
    fn secrets_are_taken_out_wherever_the_stream_is_cut() {
        assert_eq!(secrets().names, ["GONOGO_FLAGS_TOKEN", "GONOGO_TELEMETRY_TOKEN", "GONOGO_AUDIT_PASSWORD"]);
        let text = b"a hunter2 b hunter2-and-more c huhunter2 hunter abc staging hunte";
        for size in 1..text.len() {
            let mut redactor = secrets().redactor();
            let mut out: Vec<u8> = text.chunks(size).flat_map(|chunk| redactor.push(chunk)).collect();
            out.extend(redactor.end());
            let want = "a [redacted] b [redacted] c hu[redacted] hunter abc staging hunte";
            assert_eq!(String::from_utf8(out).unwrap(), want, "{size}");
        }
    }
}
