//! Names and paths: from the inside out, local names first, then those of the scope.

use super::super::ast::{Expr, Kind};
use super::super::fault::{Fault, suggestion};
use super::super::plan::Node;
use super::super::types::Type;
use super::{Checker, Typed};

impl Checker<'_> {
    pub(super) fn name(&mut self, at: usize, name: &str) -> Result<Typed, Fault> {
        for slot in (0..self.locals.len()).rev() {
            let local = &mut self.locals[slot];
            if local.name == name {
                local.used = true;
                return Ok(Typed { node: Node::Slot(slot), ty: local.ty.clone(), origin: local.origin.clone() });
            }
            if local.opened && declares(&local.ty, name) {
                return self.field_of_item(slot, at, name);
            }
        }
        if let Some(ty) = self.names.get(name) {
            return Ok(Typed { node: Node::Global(name.into()), ty: ty.clone(), origin: Some(vec![name.to_owned()]) });
        }
        // A name that nothing declares can still be a field of the item at hand, if its fields are not all known.
        let undeclared = |ty: &Type| matches!(ty, Type::Any | Type::Context { open: true, .. });
        let open = self.locals.iter().rposition(|local| local.opened && undeclared(&local.ty));
        match open {
            Some(slot) if name != "?" => self.field_of_item(slot, at, name),
            _ => Err(self.unknown(at, name)),
        }
    }

    fn field_of_item(&mut self, slot: usize, at: usize, name: &str) -> Result<Typed, Fault> {
        let local = &mut self.locals[slot];
        local.used = true;
        let base = Typed { node: Node::Slot(slot), ty: local.ty.clone(), origin: local.origin.clone() };
        self.fields_of(base, &[(at, name.to_owned())])
    }

    fn unknown(&self, at: usize, name: &str) -> Fault {
        if name == "?" {
            return Fault::new(at, "“?” stands for the input of a decision table, and there is none here.");
        }
        let locals = self.locals.iter().map(|local| local.name.as_str());
        let fields = self.locals.iter().filter(|local| local.opened).flat_map(|l| fields(&l.ty));
        let globals = self.names.iter().map(|(known, _)| known);
        let hint = suggestion(name, locals.chain(fields).chain(globals));
        Fault::new(at, format!("“{name}” is not known here.{hint}"))
    }

    pub(super) fn path(&mut self, base: &Expr, names: &[(usize, String)]) -> Result<Typed, Fault> {
        // What is read is the whole path, so its beginning alone is not noted.
        let base = match base.kind {
            Kind::Name(_) | Kind::Path(..) => self.form(base)?,
            _ => self.expr(base)?,
        };
        self.fields_of(base, names)
    }

    fn fields_of(&mut self, base: Typed, names: &[(usize, String)]) -> Result<Typed, Fault> {
        let Typed { node, mut ty, mut origin } = base;
        for (at, name) in names {
            let property = property_of(&ty, name);
            if property.is_some() {
                // `form.born.year` reads `form.born`.
                self.reads.extend(origin.take());
            } else if let Some(path) = &mut origin {
                path.push(name.clone());
            }
            ty = match property {
                Some(ty) => ty,
                None => field(&ty, name).map_err(|message| Fault::new(*at, message))?,
            };
        }
        let names = names.iter().map(|(_, name)| name.as_str().into()).collect();
        Ok(Typed { node: Node::Path(Box::new(node), names), ty, origin })
    }
}

/// What a date, an instant or a duration can be asked for.
fn property_of(ty: &Type, name: &str) -> Option<Type> {
    let known = match ty {
        Type::Date => matches!(name, "year" | "month" | "day" | "weekday"),
        Type::Instant if name == "date" => return Some(Type::Date),
        Type::Instant => matches!(name, "year" | "month" | "day" | "weekday" | "hour" | "minute" | "second"),
        Type::DayDuration => matches!(name, "days" | "hours" | "minutes" | "seconds"),
        Type::MonthDuration => matches!(name, "years" | "months"),
        _ => false,
    };
    known.then_some(Type::Number)
}

pub(super) fn field(ty: &Type, name: &str) -> Result<Type, String> {
    match ty {
        Type::Any | Type::Null => Ok(Type::Any),
        Type::List(items) => field(items, name).map(Type::list),
        Type::Context { fields: known, open } => match known.get(name) {
            Some(ty) => Ok(ty.clone()),
            None if *open => Ok(Type::Any),
            None => {
                let hint = suggestion(name, known.keys().map(String::as_str));
                Err(format!("There is no field “{name}” here.{hint}"))
            }
        },
        other => Err(format!("“{name}” cannot be read, because this is {other}.")),
    }
}

fn declares(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Context { fields, .. } if fields.contains_key(name))
}

fn fields(ty: &Type) -> impl Iterator<Item = &str> {
    let known = match ty {
        Type::Context { fields, .. } => Some(fields),
        _ => None,
    };
    known.into_iter().flat_map(|fields| fields.keys().map(String::as_str))
}
