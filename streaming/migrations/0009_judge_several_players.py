"""The function that judges one beat, for people who may have several players open (it takes the place of the one in 0004).

1. `held` locks the session, then its evidence, and reads the grant's terms beside them.
2. `timed` and `judged` decide what the beat is and how much media time it may earn: the cap times the time since the
   last accepted beat (60 s at most), and what is left of two seconds of slack. A player replaced by a newer one, or one
   that goes on beside a newer one, may still hand in the time before that; it belongs to no other player.
3. A player beside the one that counts is `uncounted`. It `is_free` to count when the other is closed or has been silent
   for a minute: nothing is written then, and the caller hands the clock over under the person's lock and asks again.
4. `pieces` are the claimed stretches in the order played, cut to the video, without what this beat already named or
   the evidence already holds; `gain` keeps them until the allowance is used up. Evidence in 2,000 pieces, which no
   player makes, takes in no more crumbs under a second.
5. The session and the evidence are written, and the sums come back. A repeat, a stop or a flood writes nothing, nor
   does a beat that reaches 95 % or the whole, unless the caller says that it is `announcing`: it then holds a
   transaction in which others hear the news.

A function, because its plan is kept: planning the statement anew costs twice as much as running it.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("streaming.migrations.0004_judge_beat")

FORWARD = """
CREATE FUNCTION streaming_judge_beat(
    p_token uuid, p_person bigint, p_seq int, p_starts int[], p_ends int[], p_position_ms int, p_rate numeric, p_visible boolean, p_announcing boolean
) RETURNS TABLE (
    state text, credited_ms int, claimed_ms int, elapsed_ms int, covered_ms int, duration_ms int, missing text, is_news boolean,
    subject text, asset_id bigint, rate_cap numeric, revoke_reason text, is_free boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH held AS MATERIALIZED (
        SELECT s.id AS session_id, s.last_seq, s.last_beat_at, s.slack_ms, s.opened_at, s.credits_until, s.closed_at, s.ended, s.beats,
               e.id AS evidence_id, e.covered, e.subject, e.asset_id, e.updated_at AS evidence_at,
               g.rate_cap, g.expires_at, g.revoked_at, g.revoke_reason, u.is_active, a.duration_ms
        FROM streaming_playbacksession s
        JOIN streaming_watchevidence e ON e.id = s.evidence_id
        JOIN streaming_grant g ON g.id = s.grant_id
        JOIN streaming_videoasset a ON a.id = e.asset_id
        JOIN accounts_user u ON u.id = s.user_id
        WHERE s.token = p_token AND s.user_id = p_person
        FOR NO KEY UPDATE OF s, e
    ), timed AS MATERIALIZED (
        SELECT held.*, clock.at,
               least(60000, greatest(0, floor(extract(epoch FROM least(clock.at, credits_until, closed_at) - last_beat_at) * 1000)))::int AS elapsed_ms,
               CASE WHEN NOT is_active THEN 'deactivated'
                    WHEN revoked_at IS NOT NULL OR ended = 'revoked' THEN 'revoked'
                    WHEN expires_at <= clock.at THEN 'expired'
                    WHEN p_seq <= last_seq THEN coalesce(nullif(ended, ''), 'replay')
                    WHEN beats > 30 + extract(epoch FROM clock.at - opened_at) / 2 THEN 'throttled'
                    WHEN closed_at IS NOT NULL THEN ended
                    WHEN NOT p_visible THEN 'hidden'
                    WHEN credits_until IS NOT NULL THEN 'uncounted'
                    ELSE 'open' END AS state
        FROM held, (SELECT clock_timestamp() AS at FROM held) AS clock
    ), judged AS MATERIALIZED (
        SELECT timed.*, is_free,
               p_seq > last_seq AND state IN ('open', 'hidden', 'uncounted', 'replaced', 'closed') AND NOT is_free AS is_accepted,
               CASE WHEN p_seq > last_seq AND p_visible AND state IN ('open', 'uncounted', 'replaced', 'closed')
                    THEN floor(rate_cap * elapsed_ms)::int + CASE WHEN state = 'open' THEN slack_ms ELSE 0 END
                    ELSE 0 END AS allowance_ms
        FROM timed, LATERAL (
            SELECT CASE WHEN state = 'uncounted' THEN NOT EXISTS (
                SELECT FROM streaming_playbacksession other
                WHERE other.user_id = p_person AND other.closed_at IS NULL AND other.credits_until IS NULL
                  AND other.last_beat_at > at - interval '60 seconds'
            ) ELSE false END AS is_free
        ) AS counting
    ), claims AS MATERIALIZED (
        SELECT ord, int4range(low, least(high, duration_ms)) AS span
        FROM judged, unnest(p_starts, p_ends) WITH ORDINALITY AS claim(low, high, ord)
        WHERE low < duration_ms
    ), fresh AS (
        SELECT ord, unnest(int4multirange(span) - judged.covered
            - coalesce(range_agg(span) OVER (ORDER BY ord ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '{}')) AS piece
        FROM claims, judged
    ), pieces AS MATERIALIZED (
        SELECT piece, upper(piece) - lower(piece) AS length_ms,
               sum(upper(piece) - lower(piece)) OVER (ORDER BY ord, piece) - (upper(piece) - lower(piece)) AS before_ms
        FROM fresh
    ), gain AS MATERIALIZED (
        SELECT coalesce(range_agg(int4range(lower(piece), lower(piece) + least(length_ms, allowance_ms - before_ms)::int)), '{}') AS gained,
               coalesce(sum(least(length_ms, allowance_ms - before_ms)), 0)::int AS credited_ms
        FROM pieces, judged
        WHERE before_ms < allowance_ms AND (length_ms >= 1000 OR (SELECT count(*) FROM unnest(covered)) < 2000)
    ), outcome AS MATERIALIZED (
        SELECT judged.*, gained, credited_ms, whole, before_ms, after_ms,
               (SELECT coalesce(sum(length_ms), 0)::int FROM pieces) AS claimed_ms,
               CASE WHEN allowance_ms > 0
                    THEN least(elapsed_ms, (SELECT coalesce(sum(upper(span) - lower(span)), 0) FROM claims) / p_rate)::int
                    ELSE 0 END AS watched_ms,
               (duration_ms - before_ms)::bigint * 20 > duration_ms AND duration_ms >= (duration_ms - after_ms)::bigint * 20
                   OR before_ms < duration_ms AND duration_ms <= after_ms AS is_news
        FROM judged, gain,
             LATERAL (SELECT int4multirange(int4range(0, duration_ms)) AS whole) AS asset,
             LATERAL (SELECT coalesce(sum(upper(r) - lower(r)), 0)::int AS before_ms FROM unnest(covered * whole) r) AS before,
             LATERAL (SELECT coalesce(sum(upper(r) - lower(r)), 0)::int AS after_ms FROM unnest((covered + gained) * whole) r) AS after
    ), session AS (
        UPDATE streaming_playbacksession s
        SET last_seq = p_seq, beats = s.beats + 1,
            last_beat_at = greatest(s.last_beat_at, least(at, o.closed_at)),
            slack_ms = CASE WHEN o.state = 'open' THEN least(2000, o.allowance_ms - o.credited_ms) ELSE s.slack_ms END,
            credited_ms = s.credited_ms + o.credited_ms, wall_ms = s.wall_ms + o.watched_ms
        FROM outcome o WHERE s.id = o.session_id AND o.is_accepted AND (p_announcing OR NOT o.is_news)
    ), evidence AS (
        UPDATE streaming_watchevidence e
        SET covered = e.covered + o.gained, wall_ms = e.wall_ms + o.watched_ms, updated_at = o.at,
            position_ms = CASE WHEN o.closed_at IS NULL OR o.evidence_at <= o.closed_at
                               THEN least(p_position_ms, o.duration_ms) ELSE e.position_ms END
        FROM outcome o WHERE e.id = o.evidence_id AND o.is_accepted AND (p_announcing OR NOT o.is_news)
    )
    SELECT state, credited_ms, claimed_ms, elapsed_ms, after_ms, duration_ms, (whole - covered - gained)::text, is_news,
           subject::text, asset_id, rate_cap, revoke_reason::text, is_free
    FROM outcome;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("streaming", "0008_several_players")]

    operations = [
        migrations.RunSQL(BEFORE.BACKWARD, BEFORE.FORWARD),
        migrations.RunSQL(FORWARD, BEFORE.BACKWARD),
    ]
