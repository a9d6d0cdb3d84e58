//! What a text relies on: variables that must be given, and other texts.

use std::collections::BTreeSet;

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};

/// Deepest nesting of expressions, and of texts in texts, that `variables` follows.
const DEPTH_MAX: usize = 16;

/// What a message or a term (`-name`) uses itself.
#[derive(Default)]
pub(super) struct Used {
    pub(super) variables: BTreeSet<String>,
    pub(super) texts: BTreeSet<String>,
}

impl Used {
    pub(super) fn of<'a>(patterns: impl IntoIterator<Item = &'a Pattern<&'a str>>) -> Self {
        let mut used = Self::default();
        for pattern in patterns {
            used.pattern(pattern, 0);
        }
        used
    }

    fn pattern(&mut self, pattern: &Pattern<&str>, depth: usize) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression, depth + 1);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        match expression {
            Expression::Inline(inline) => self.inline(inline, depth),
            Expression::Select { selector, variants } => {
                self.inline(selector, depth);
                for variant in variants {
                    self.pattern(&variant.value, depth);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>, depth: usize) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.texts.insert(id.name.to_owned());
            }
            // A term sees only what it is given, never the variables of the whole text.
            InlineExpression::TermReference { arguments: Some(arguments), .. }
            | InlineExpression::FunctionReference { arguments, .. } => {
                for argument in &arguments.positional {
                    self.inline(argument, depth);
                }
            }
            InlineExpression::Placeable { expression } => self.expression(expression, depth + 1),
            _ => {}
        }
    }
}
