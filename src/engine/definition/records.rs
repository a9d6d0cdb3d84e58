//! What is written into registers, and by which key: held to the register's schema before any case runs.

use indexmap::IndexMap;

use super::compile::Compiler;
use super::language as raw;
use super::model::{ActVerb, Record};
use crate::engine::feel::{Expression, Type};
use crate::engine::forms::Shape;

impl Compiler<'_> {
    pub(super) fn record(&mut self, path: &[&str], record: &raw::Record) -> Option<ActVerb> {
        for field in record.set.keys() {
            self.register_field(path, &record.register, field);
        }
        match (&record.key, record.new, &record.expects) {
            (Some(_), false, Some(_)) | (_, true, None) => {}
            (_, true, Some(_)) => self.fault(path, "a new record expects no version"),
            (Some(_), false, None) => self.fault(path, "a change says which version of the record was seen: `expects`"),
            _ => self.fault(path, "a record has a `key`, or is `new: true`"),
        }
        let unnumbered = record.new && record.key.is_none();
        if unnumbered && self.registers.get(&record.register).is_some_and(|r| r.number.is_none()) {
            self.fault(path, format!("the register `{}` gives no numbers to new records", record.register));
        }
        let set = self.values(path, record);
        let key = record.key.as_ref().and_then(|key| self.key(path, key));
        let expects = record.expects.as_ref().and_then(|expects| self.expression(path, expects));
        if let Some(expects) = expects.as_ref().filter(|e| !e.result().fits(&Type::Number)) {
            self.fault(path, format!("`{}` is no version: a version is a number", expects.source()));
        }
        self.tells(path, &record.register, &record.change);
        let (register, change) = (record.register.clone(), record.change.clone());
        Some(ActVerb::Record(Box::new(Record { register, key, change, set, expects, undo: record.undo })))
    }

    /// A change is one of those that the register tells of.
    pub(super) fn tells(&mut self, path: &[&str], register: &str, change: &str) {
        let events = self.registers.get(register).map_or(&[][..], |register| &register.events);
        if !events.is_empty() && !events.iter().any(|told| told == change) {
            let known = events.join(", ");
            self.fault(path, format!("the register `{register}` tells of no `{change}`, but of {known}"));
        }
    }

    /// The key of a record: a text or a number.
    pub(super) fn key(&mut self, path: &[&str], text: &str) -> Option<Expression> {
        let key = self.expression(path, text)?;
        if !(matches!(key.result(), Type::Any | Type::Null | Type::Text | Type::Number)) {
            self.fault(
                path,
                format!("`{}` is no key: a key is a text or a number, not {}", key.source(), key.result()),
            );
        }
        Some(key)
    }

    fn values(&mut self, path: &[&str], record: &raw::Record) -> IndexMap<String, Expression> {
        let register = self.registers.get(&record.register).map(|r| r.schema.shape().clone());
        let fields = match register {
            Some(Shape::Object(fields)) => fields,
            _ => Default::default(),
        };
        if record.new {
            let missing = fields.iter().filter(|(name, (_, required))| *required && !record.set.contains_key(*name));
            for (name, _) in missing {
                self.fault(path, format!("a new record of `{}` lacks `{name}`, which it must have", record.register));
            }
        }
        let mut set = IndexMap::new();
        for (field, text) in &record.set {
            let Some(value) = self.expression(path, text) else { continue };
            let wrong = fields.get(field).and_then(|(shape, _)| misfit(value.result(), shape, field));
            if let Some(wrong) = wrong {
                let main = self.main();
                self.findings.add_on(&main, path, text, format!("the register `{}`: {wrong}", record.register));
            }
            set.insert(field.clone(), value);
        }
        set
    }
}

/// Why a value of this type can never stand at a place of a record or form; none where it can.
#[must_use]
pub fn misfit(of: &Type, wanted: &Shape, at: &str) -> Option<String> {
    let fits = match (of, wanted) {
        (Type::Any | Type::Null, _) | (_, Shape::Any) => true,
        (Type::Bool, Shape::Bool) | (Type::Number, Shape::Number) | (Type::Text, Shape::Text) => true,
        // In a record they stand as texts.
        (Type::Date | Type::Instant | Type::DayDuration | Type::MonthDuration, Shape::Text) => true,
        (Type::Date | Type::Text, Shape::Date) | (Type::Instant | Type::Text, Shape::DateTime) => true,
        (Type::List(items), Shape::List(wanted)) => return misfit(items, wanted, at),
        (Type::Context { fields, open }, Shape::Object(members)) => {
            let lacks = members.iter().find(|(name, (_, required))| *required && !open && !fields.contains_key(*name));
            if let Some((name, _)) = lacks {
                return Some(format!("`{at}` lacks `{name}`, which it must have"));
            }
            return fields.iter().find_map(|(name, of)| match members.get(name) {
                None => Some(format!("`{at}` has no `{name}`")),
                Some((shape, _)) => misfit(of, shape, &format!("{at}.{name}")),
            });
        }
        _ => false,
    };
    (!fits).then(|| format!("`{at}` is of another kind ({}) than {of}", wanted.kind()))
}
