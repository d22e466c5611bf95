-- Rows of a large forum for `python -m bench.desk`. Each statement: what it makes and which count it takes.
-- `n` holds the numbers 1 … :count; @at(x) is the moment x minutes ago.

-- members: members
INSERT INTO member(id, public_id, handle, lookup_id, pepper_id, verifier, phrase_confirmed, trust, state,
created_day, created_at, country, about, accepted_posts, plain_letters, full_titles, notes, hides_hints) SELECT i,
'm' || i, 'Quiet Wren ' || i, randomblob(32), 'p1', '-', 1, 1, 'active', date('now', '-90 days'), @at(129600), '',
'me', 20, 0, 0, 'fold', 0 FROM n;

-- threads: threads
INSERT INTO thread(id, public_id, kind, room_id, author_id, title, content_note, visibility, seq, reply_count,
is_closed, pinned, started_at, bumped_at) SELECT i, 't' || i, 'topic', 1 + i % 15, 1 + i % :members, 'A quiet
evening', '', 'live', 10, i % 10, 0, 0, @at(i % 129600), @at(i % 129600) FROM n;

-- posts: posts
INSERT INTO post(id, public_id, thread_id, author_id, client_id, is_opening, body, body_html, digest, seq,
visibility, reason_code, explanation, content_note, support_level, categories, card_hidden, card_unfit, scan_state,
fingerprint, created_at, revision) SELECT i, 'p' || i, 1 + (i - 1) / 10, 1 + i % :members, 'b' || i, (i - 1) % 10 =
0, 'The kettle is on and the street is quiet; I am here for another hour or two. ' || i, '<p>The kettle is on.</p>',
randomblob(32), 1 + (i - 1) % 10, CASE WHEN i % 50 = 0 THEN 'held' ELSE 'live' END, '', '', '', 0, '[]', 0, 0,
'done', '', @at(i % 129600), 0 FROM n;

-- cases: cases
INSERT INTO mod_case(id, public_id, target_type, target_id, revision_id, thread_id, room_id, author_id, lane,
lane_reason, state, outcome, version, support_level, held, live, first_post, limited_context, disputed,
reporter_count, opened_at, queued_at, effective_at, boosts, due_first_at, due_resolve_at, first_human_at,
resolved_at, staffed_first_minutes, staffed_resolve_minutes, resolved_by_id, reopen_count) SELECT i, 'c' || i,
'post', i * 10, 0, i, 1 + i % 15, 1 + (i * 10) % :members, CASE WHEN i % 100 < 2 THEN 0 WHEN i % 100 < 10 THEN 1
WHEN i % 100 < 35 THEN 2 WHEN i % 100 < 85 THEN 3 ELSE 4 END, CASE WHEN i % 100 < 10 THEN 'ideation_active' ELSE
'abuse' END, CASE WHEN i <= :open THEN 'open' ELSE 'resolved' END, CASE WHEN i <= :open THEN NULL ELSE
'no_violation' END, 1, CASE WHEN i % 100 < 10 THEN 2 ELSE 0 END, i % 100 BETWEEN 10 AND 20, 0, 0, 0, 0, i % 3 = 0,
@at(i % 129600 + 60), @at(i % 129600 + 60), @at(i % 129600 + 60), '[]', @at(i % 129600 + 60), @at(i % 129600 + 60),
CASE WHEN i <= :open THEN NULL ELSE @at(i % 129600) END, CASE WHEN i <= :open THEN NULL ELSE @at(i % 129600) END,
CASE WHEN i <= :open THEN NULL ELSE i % 60 END, CASE WHEN i <= :open THEN NULL ELSE i % 90 END, CASE WHEN i <= :open
THEN NULL ELSE 1 + i % 3 END, 0 FROM n;

-- signals: cases
INSERT INTO case_signal(case_id, source, detector, detector_version, label, score, threshold, severity, level,
category, subject, mode, spans, matched_rule_ids, text, latency_ms, late, fingerprint, created_at) SELECT i,
'detector', CASE WHEN i % 4 THEN 'toxicity' ELSE 'crisis' END, 'v1', 'abuse', 0.8, 0.7, 'medium', 0, '', 'other',
'flag', '[[4, 10]]', '[]', 'It may hurt the person it speaks to.', 2.0, 0, 'f' || i, @at(i % 129600) FROM n;

-- decisions: cases
INSERT INTO decision(public_id, case_id, case_version, author_id, scope, action, reason_code, rule_ref,
facts_public, content_note, from_visibility, to_visibility, automated_detection, automated_decision, decided_by_id,
decided_by_alias, decided_at, language) SELECT 'd' || i, i, 1, 1 + (i * 10) % :members, 'content', CASE WHEN i % 5
THEN 'approve' ELSE 'hide' END, '', '', '', '', 'live', 'live', 1, 0, 1 + i % 3, 'Mo', @at(i % 129600), 'en' FROM n
WHERE i > :open;

-- entries of the record: entries
INSERT INTO mod_event(seq, at, actor_id, actor_role, action, case_id, case_version, target_type, target_id, person,
from_state, to_state, reason_code, rule_ref, signal_ids, policy_version, automated_detection, automated_decision,
request_id, prev_hash, hash) SELECT i, @at(:count - i), CASE WHEN i % 2 THEN 1 + i % 3 END, 'moderator', CASE WHEN i
% 2 THEN 'decide.approve' ELSE 'case.opened' END, 1 + i / 2, 1, 'post', i, '', 'live', 'live', '', '', '[]', '', 0,
0, '', '', '' FROM n;

-- quiet worries: worries
INSERT INTO look_in(target_type, target_id, thread_id, room_id, author_id, categories, created_at) SELECT 'post', i,
1 + (i - 1) / 10, 1, 1 + i % :members, '[]', @at(i % 129600) FROM n;
