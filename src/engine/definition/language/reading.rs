//! What may be written in more than one way is read by hand, so that an error keeps its line and names the key.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{
    Arrow, Arrows, End, EndResult, FeeItem, FullEnd, GuardedItem, Needed, Office, OfficeRule, OneOrMany, PartOfFee,
    Refund,
};

macro_rules! text_or_map {
    ($name:ident, $text:ident, $map:ident, $inner:ty, $what:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct V;
                impl<'de> Visitor<'de> for V {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                        f.write_str($what)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok($name::$text(text.to_owned()))
                    }
                    fn visit_i64<E: de::Error>(self, n: i64) -> Result<$name, E> {
                        Ok($name::$text(n.to_string()))
                    }
                    fn visit_u64<E: de::Error>(self, n: u64) -> Result<$name, E> {
                        Ok($name::$text(n.to_string()))
                    }
                    fn visit_f64<E: de::Error>(self, n: f64) -> Result<$name, E> {
                        Ok($name::$text(n.to_string()))
                    }
                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        <$inner>::deserialize(de::value::MapAccessDeserializer::new(map)).map($name::$map)
                    }
                }
                from.deserialize_any(V)
            }
        }
    };
}

text_or_map!(
    Office,
    Id,
    Rule,
    OfficeRule,
    "the id of an office, or a map with `register`, `key` and `take`, or `choose`"
);
text_or_map!(Refund, Fee, Part, PartOfFee, "a fee, or a map with `fee` and `amount`");
text_or_map!(FeeItem, Amount, Guarded, GuardedItem, "an amount, or a map with `amount` and `when`");

impl<'de> Deserialize<'de> for End {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = End;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`favourable`, `adverse` or `neutral`, or a map with `result` and `retention`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<End, E> {
                EndResult::deserialize(de::value::StrDeserializer::new(text)).map(End::Result)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<End, A::Error> {
                FullEnd::deserialize(de::value::MapAccessDeserializer::new(map)).map(End::Full)
            }
        }
        from.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for Needed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Needed;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`all`, `any` or a number of branches")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Needed, E> {
                match text {
                    "all" => Ok(Needed::All),
                    "any" => Ok(Needed::Number(1)),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Needed, E> {
                u32::try_from(n).map(Needed::Number).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(n), &self))
            }
        }
        from.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for Arrows {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Arrows;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a step or end, an arrow with `go`, or a list of arrows")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Arrows, E> {
                Ok(Arrows::To(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Arrows, A::Error> {
                Arrow::deserialize(de::value::MapAccessDeserializer::new(map)).map(|a| Arrows::One(Box::new(a)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Arrows, A::Error> {
                let mut list = Vec::new();
                while let Some(arrow) = seq.next_element::<Arrows>()? {
                    if matches!(arrow, Arrows::List(_)) {
                        return Err(de::Error::custom("a list of arrows holds arrows, not lists"));
                    }
                    list.push(arrow);
                }
                Ok(Arrows::List(list))
            }
        }
        from.deserialize_any(V)
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = OneOrMany;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an id, or a list of ids")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany::One(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(OneOrMany::Many)
            }
        }
        from.deserialize_any(V)
    }
}

/// A text or a number, as text.
pub(super) fn word<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    struct V;
    impl Visitor<'_> for V {
        type Value = Option<String>;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a number or a word")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<String>, E> {
            Ok(Some(text.to_owned()))
        }
        fn visit_i64<E: de::Error>(self, n: i64) -> Result<Option<String>, E> {
            Ok(Some(n.to_string()))
        }
        fn visit_u64<E: de::Error>(self, n: u64) -> Result<Option<String>, E> {
            Ok(Some(n.to_string()))
        }
    }
    from.deserialize_any(V)
}
