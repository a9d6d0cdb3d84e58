DROP TABLE idempotency_keys, messages, certificates, payments, demands, documents, tasks, case_data, case_events,
    case_parties, cases;
