//! Calls: the function, the number and types of the arguments, the type of the result.

use super::super::ast::{Expr, Kind};
use super::super::fault::{Fault, suggestion};
use super::super::functions::{self, Function, Gives, Spec, Takes};
use super::super::moment;
use super::super::plan::Node;
use super::super::types::Type;
use super::super::value::{Value, number_text};
use super::names::field;
use super::{Checker, Typed};

impl Checker<'_> {
    pub(super) fn call(&mut self, at: usize, name: &str, arguments: &[Expr]) -> Result<Typed, Fault> {
        if let Some(why) = functions::why_absent(name) {
            return Err(Fault::new(at, why));
        }
        let Some(spec) = functions::find(name) else {
            let hint = suggestion(name, functions::names());
            return Err(Fault::new(at, format!("There is no function “{name}”.{hint}")));
        };
        arity(at, spec, arguments.len())?;
        let mut typed = Vec::with_capacity(arguments.len());
        for (place, argument) in arguments.iter().enumerate() {
            let found = self.expr(argument)?;
            let last = spec.takes.last().copied().unwrap_or(Takes::Anything);
            let takes = spec.takes.get(place).copied().unwrap_or(last);
            if !takes.accepts(&found.ty) {
                let wanted = takes.words();
                let message = format!("“{name}” needs {wanted} here, and this is {}.", found.ty);
                return Err(Fault::new(argument.at, message));
            }
            typed.push(found);
        }
        if let Some(constant) = constant(spec.function, arguments)? {
            let ty = Type::of_value(&constant);
            return Ok(Typed::new(Node::Constant(constant), ty));
        }
        let ty = match spec.function {
            Function::GetValue => self.value_of_key(&typed[0], &arguments[1])?,
            Function::ContextPut => with_key(&typed[0].ty, &arguments[1], &typed[2].ty),
            _ => gives(spec.gives, &typed),
        };
        let nodes = typed.into_iter().map(|argument| argument.node).collect();
        Ok(Typed::new(Node::Call(spec.function, nodes), ty))
    }

    fn value_of_key(&mut self, of: &Typed, key: &Expr) -> Result<Type, Fault> {
        let Kind::Literal(Value::Text(name)) = &key.kind else {
            return Ok(Type::Any);
        };
        if let Some(origin) = &of.origin {
            let mut path = origin.clone();
            path.push(name.clone());
            self.reads.insert(path);
        }
        field(&of.ty, name).map_err(|message| Fault::new(key.at, message))
    }
}

fn arity(at: usize, spec: &Spec, found: usize) -> Result<(), Fault> {
    let (least, most) = spec.arity;
    // A date is one value, or a year, a month and a day.
    let odd = spec.function == Function::Date && found == 2;
    if (least..=most).contains(&found) && !odd {
        return Ok(());
    }
    let wanted = match (least, most) {
        (1, 3) => "1 or 3 arguments".to_owned(),
        (1, 1) => "1 argument".to_owned(),
        (a, b) if a == b => format!("{a} arguments"),
        (a, b) if b == a + 1 => format!("{a} or {b} arguments"),
        (a, _) if found < a => format!("at least {a} arguments"),
        (_, b) => format!("at most {b} arguments"),
    };
    let message = format!("“{}” takes {wanted}, and {found} are given.", spec.name);
    Err(Fault::new(at, message))
}

/// A date, duration or number written as a text is read once, here; and one that cannot be read is a fault.
fn constant(function: Function, arguments: &[Expr]) -> Result<Option<Value>, Fault> {
    let Some(Kind::Literal(Value::Text(text))) = arguments.first().map(|first| &first.kind) else {
        return Ok(None);
    };
    let at = arguments[0].at;
    let (read, what) = match function {
        Function::Date => (moment::read_date(text).map(Value::Date), "a date such as 2026-08-03"),
        Function::Duration => (moment::read_duration(text), "a duration such as P15D or P1Y6M"),
        Function::Number => (number_text(text).map(Value::Number), "a number"),
        // Without an offset it depends on the time zone, which is known later.
        Function::DateAndTime => {
            let instant = moment::read_instant(text, || jiff::tz::TimeZone::UTC);
            if instant.is_some() && text.parse::<jiff::Timestamp>().is_err() {
                return Ok(None);
            }
            (instant.map(Value::Instant), "an instant such as 2026-08-03T10:00:00Z")
        }
        _ => return Ok(None),
    };
    let hint = if text.contains("working day") { " Working days cannot be counted in an expression." } else { "" };
    match read {
        Some(value) => Ok(Some(value)),
        None => Err(Fault::new(at, format!("“{text}” is not {what}.{hint}"))),
    }
}

fn gives(gives: Gives, arguments: &[Typed]) -> Type {
    let first = || arguments.first().map_or(Type::Any, |argument| argument.ty.clone());
    let all = |of: fn(&Type) -> Type| {
        let types = arguments.iter().map(|argument| of(&argument.ty));
        types.reduce(Type::unify).unwrap_or(Type::Any)
    };
    let item = |ty: &Type| ty.items().unwrap_or_else(|| ty.clone());
    match gives {
        Gives::Truth => Type::Bool,
        Gives::Number => Type::Number,
        Gives::Text => Type::Text,
        Gives::Date => Type::Date,
        Gives::Instant => Type::Instant,
        Gives::MonthDuration => Type::MonthDuration,
        Gives::First => first(),
        Gives::Item => match arguments {
            [only] => item(&only.ty),
            _ => all(Type::clone),
        },
        Gives::Joined => Type::list(all(|ty| ty.items().unwrap_or(Type::Any))),
        Gives::Appended => {
            let behind = arguments.iter().skip(1).map(|argument| argument.ty.clone());
            Type::list(behind.fold(item(&first()), Type::unify))
        }
        Gives::Flat => match item(&first()) {
            Type::List(_) => Type::list(Type::Any),
            other => Type::list(other),
        },
        Gives::Numbers => Type::list(Type::Number),
        Gives::Entries => Type::list(Type::closed([("key", Type::Text), ("value", Type::Any)])),
        Gives::Own => Type::Any,
    }
}

fn with_key(of: &Type, key: &Expr, value: &Type) -> Type {
    match (of, &key.kind) {
        (Type::Context { fields, open }, Kind::Literal(Value::Text(name))) => {
            let mut fields = fields.clone();
            fields.insert(name.clone(), value.clone());
            Type::Context { fields, open: *open }
        }
        _ => Type::open::<String>([]),
    }
}
