//! Cases that the steps of a story open: each is called after its step, the second `<step> 2` (that of
//! another case than the first, after both), and played as any other.

use serde_json::{Map, Value, json};

use super::Line;
use super::people::person;
use super::remedies::id_of;
use super::run::{MAIN, World};
use crate::engine::definition::{Awaited, Opening, Verb};
use crate::engine::workflow::{
    Case, Command, Doer, Linked, NOT_OPENED, Parent, Status, TokenId, View, is_to_open, kept_items,
};
use crate::kernel::PersonId;

impl<'a> World<'a> {
    pub(super) fn opening(&self, case: &str, step: &str) -> Option<&'a Opening> {
        match self.def_of(case).steps.get(step).map(|s| &s.verb) {
            Some(Verb::Open(opening)) => Some(opening),
            _ => None,
        }
    }

    pub(super) fn open_children(&mut self, of: &str, step: &str, token: TokenId) -> Result<(), String> {
        let Some(opening) = self.opening(of, step) else { return Ok(()) };
        let kept = kept_items(&self.case(Some(of))?.case, token);
        let items = kept.map(|(_, items)| items.to_vec()).unwrap_or_default();
        for (index, item) in (0..).zip(items) {
            let flow = &self.case(Some(of))?.case.flow;
            if !is_to_open(flow, opening.wait, token, index) {
                continue;
            }
            let earlier = flow.children.iter().filter(|child| child.step == step).count();
            let number = if earlier == 0 { String::new() } else { format!(" {}", earlier + 1) };
            let name = if of == MAIN { format!("{step}{number}") } else { format!("{of} {step}{number}") };
            if self.cases.contains_key(&name) {
                return Err(format!("there is a case `{name}` already"));
            }
            let before = self.cases.clone();
            let form = item.get("form").cloned();
            self.open_child(of, step, token, index, &name, opening, form)?;
            if self.refused.take().is_some() {
                self.cases = before;
                let returned = Command::Returned {
                    token,
                    index,
                    end: NOT_OPENED.to_owned(),
                    result: "neutral".to_owned(),
                    given: Map::new(),
                };
                self.command(Some(of), &returned)?;
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "which case it is, of which visit, and with what")]
    fn open_child(
        &mut self,
        of: &str,
        step: &str,
        token: TokenId,
        index: u32,
        name: &str,
        opening: &Opening,
        form: Option<Value>,
    ) -> Result<(), String> {
        let parent = self.case(Some(of))?.case.clone();
        let opened = Command::Opened { token, index, case: id_of(name), reference: name.to_owned() };
        self.command(Some(of), &opened)?;
        if self.refused.is_some() {
            return Ok(());
        }
        let Some(whose) = self.whose(&parent, &opening.party) else {
            return Err(format!("the story does not know who `{}` is", opening.party));
        };
        let service = self.def_of(of).id.clone();
        self.cases.entry(name.to_owned()).or_default().service = Some(opening.service.clone());
        self.def = self.def_of(name);
        let handed_in = form.clone().filter(|_| self.def.start.needs_form);
        let statement = match self.statement(&Line::default(), Some(name), &whose, handed_in)? {
            Ok(statement) => statement,
            Err(refusal) => {
                self.refused = Some(refusal);
                return Ok(());
            }
        };
        let reference = parent.data.reference.clone();
        let linked = Linked::Child(Box::new(Parent {
            case: id_of(of),
            reference,
            service,
            step: step.to_owned(),
            token,
            index,
        }));
        let by = Doer { person: person(&whose), behalf: None };
        let submit = Command::Submit { by, reference: name.to_owned(), statement, linked: Some(linked) };
        self.command(Some(name), &submit)?;
        if let Some(played) = self.cases.get_mut(name) {
            played.draft = form;
        }
        Ok(())
    }

    /// Which of the story's people a party is.
    fn whose(&self, case: &Case, party: &str) -> Option<String> {
        let stated = case.data.parties.get(party)?;
        let id = stated.get("id")?.as_str()?;
        let started_by = case.flow.started_by.filter(|_| party == "applicant");
        let is = |name: &String| {
            let one = person(name);
            name == id || json!(one).as_str() == Some(id) || started_by == Some(PersonId(one.0))
        };
        self.scenario.given.people.names().into_iter().find(is)
    }

    pub(super) fn give_up_children(&mut self, of: &str, step: &str, token: TokenId) -> Result<(), String> {
        let waits = self.opening(of, step).is_some_and(|opening| opening.wait != Awaited::None);
        let flow = &self.case(Some(of))?.case.flow;
        let children = flow.children.iter().filter(|child| child.token == token && child.end.is_none());
        let names: Vec<String> = children.filter(|_| waits).filter_map(|child| self.name_of(child.case)).collect();
        for name in names {
            self.command(Some(&name), &Command::Moot)?;
        }
        Ok(())
    }

    pub(super) fn tell_parent(&mut self, name: &str, end: &str) -> Result<(), String> {
        let def = self.def_of(name);
        let case = self.case(Some(name))?.case.clone();
        let (Some(parent), Status::Closed { at, .. }) = (&case.flow.parent, &case.flow.status) else { return Ok(()) };
        let rule = def.ends.get(end);
        let view = View::new(def, &case, *at);
        let mut given = Map::new();
        for (what, value) in rule.into_iter().flat_map(|rule| &rule.gives) {
            given.insert(what.clone(), view.eval(value).map_err(|r| super::refusals::words(&r))?.to_json());
        }
        let result = rule.map_or("neutral", |rule| rule.result.word()).to_owned();
        let (token, index) = (parent.token, parent.index);
        let other = self.name_of(parent.case).unwrap_or_else(|| MAIN.to_owned());
        let end = end.to_owned();
        self.command(Some(&other), &Command::Returned { token, index, end, result, given })
    }
}
