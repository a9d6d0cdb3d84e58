//! Certificates: a template of a service's folder and the facts of a case become one section of
//! HTML for each language, and these one page to print.
//! Promises that data never becomes markup; that no template reads a file, reaches the network,
//! runs a script, or uses more than a fixed amount of steps and output; and that a template which
//! uses what is not there is refused when it is compiled. Numbers, signatures and storing are not
//! decided here.

mod page;
mod scan;
mod speech;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, filters, tests as conditions,
    value::ValueKind,
};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    calendar::{Duration, OfficeTime},
    texts::Texts,
};

use speech::{Speaker, day, money};

pub use page::{page, qr_svg};

/// Largest template and largest section, in bytes.
const SOURCE_BYTES_MAX: usize = 256 * 1024;
const OUTPUT_BYTES_MAX: usize = 512 * 1024;
/// Steps of the template engine for one section: some 200 rows of ten cells take 20,000.
const FUEL: u64 = 500_000;
/// Deepest nesting of the facts, and of the template's own constructs.
const DEPTH_MAX: usize = 32;

/// What a template may use by name.
const NAMES: [&str; 11] =
    ["lang", "t", "case", "form", "parties", "steps", "record", "certificate", "qr", "loop", "fees"];

/// A template that can be rendered.
pub struct Template {
    name: String,
    head: Head,
    environment: Environment<'static>,
}

/// The front matter: what verification shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Id of the text that names the kind of certificate.
    pub kind_text: String,
    /// Paths of what anyone who has the code may see, such as `form.mouza`.
    #[serde(default)]
    pub public: Vec<String>,
    /// From the day of issue; for ever where it is not given.
    #[serde(default)]
    pub valid_for: Option<Duration>,
    /// Instead: the path of the last day, such as `record.valid_until`.
    #[serde(default)]
    pub valid_until: Option<String>,
}

impl Head {
    /// When what is issued at `at` and says `content` ceases to be valid; none where it never does.
    #[must_use]
    pub fn valid_until(&self, content: &Json, at: Timestamp, office: &OfficeTime) -> Option<Timestamp> {
        let last = self.valid_until.as_ref().and_then(|path| {
            let pointer = format!("/{}", path.replace('.', "/"));
            content.pointer(&pointer)?.as_str()?.parse().ok()
        });
        last.map(|day| office.end_of(day)).or_else(|| self.valid_for.map(|span| span.end(at, office)))
    }
}

impl Template {
    /// The error is a sentence, with the line where there is one.
    pub fn compile(name: &str, source: &str) -> Result<Self, String> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(format!("larger than {SOURCE_BYTES_MAX} bytes"));
        }
        let head = scan::head(source)?;
        scan::scan(source)?;
        let mut environment = environment();
        environment.add_template_owned(name.to_owned(), source.to_owned()).map_err(|error| sentence(&error))?;
        let template = environment.get_template(name).map_err(|error| sentence(&error))?;
        let unknown: Vec<String> =
            template.undeclared_variables(false).into_iter().filter(|used| !NAMES.contains(&used.as_str())).collect();
        if let Some(unknown) = unknown.first() {
            return Err(format!("\"{unknown}\" is not there; there are {}", NAMES.join(", ")));
        }
        Ok(Self { name: name.to_owned(), head, environment })
    }

    /// Its name in the service.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What verification shows.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The section of one language. `data` holds `case`, `form`, `parties`, `steps`, `record`,
    /// `certificate`; `qr_url` is what the QR code holds. Printing what is not in `data` is an
    /// error: a certificate with a hole is worse than none.
    pub fn render(&self, lang: &str, texts: &Texts, data: &Json, qr_url: &str) -> Result<String, String> {
        let mut facts = BTreeMap::new();
        for (name, fact) in data.as_object().into_iter().flatten() {
            facts.insert(name.clone(), value(fact, 0)?);
        }
        facts.insert("lang".to_owned(), Value::from(lang));
        facts.insert("qr".to_owned(), Value::from_safe_string(qr_svg(qr_url)?));
        let speaker = Speaker { lang: lang.to_owned(), texts: texts.clone() };
        facts.insert("t".to_owned(), Value::from_object(speaker));
        let template = self.environment.get_template(&self.name).map_err(|error| sentence(&error))?;
        let mut bytes = Bounded(Vec::new());
        template.render_captured_to(Value::from(facts), &mut bytes).map_err(|error| sentence(&error))?;
        String::from_utf8(bytes.0).map_err(|error| error.to_string())
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Starts from nothing, so that what a template can do is what stands here and in `scan`.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH_MAX * 4);
    environment.set_debug(false);
    environment.set_formatter(print);
    environment.add_filter("day", day);
    environment.add_filter("money", money);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("length", filters::length);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("default", filters::default);
    environment.add_filter("join", filters::join);
    environment.add_test("defined", conditions::is_defined);
    environment.add_test("undefined", conditions::is_undefined);
    environment.add_test("none", conditions::is_none);
    environment
}

/// Nothing for null, and HTML escaped whatever the template says.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_none() {
        return Ok(());
    }
    if value.kind() == ValueKind::Map || value.kind() == ValueKind::Seq {
        return Err(refused("a list or a part with members cannot be printed as a whole"));
    }
    minijinja::escape_formatter(out, state, value)
}

/// Facts for the template engine. Numbers that are no whole ones become text, which prints the
/// decimal as it stands.
fn value(json: &Json, depth: usize) -> Result<Value, String> {
    if depth > DEPTH_MAX {
        return Err(format!("the facts are nested more than {DEPTH_MAX} deep"));
    }
    Ok(match json {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.to_string()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| value(item, depth + 1)).collect();
            Value::from(items?)
        }
        Json::Object(members) => {
            let members: Result<BTreeMap<_, _>, String> =
                members.iter().map(|(name, member)| Ok((name.clone(), value(member, depth + 1)?))).collect();
            Value::from(members?)
        }
    })
}

fn refused(sentence: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, sentence.into())
}

fn sentence(error: &Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    error.line().map_or_else(|| what.clone(), |line| format!("line {line}: {what}"))
}

/// Takes so many bytes and no more.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_BYTES_MAX {
            return Err(std::io::Error::other(format!("larger than {OUTPUT_BYTES_MAX} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
