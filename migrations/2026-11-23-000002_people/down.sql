DROP TABLE posts, offices, authorities, mandates, organisation_addresses, organisation_identifiers, organisations,
    identities, person_addresses, person_identifiers, persons;
