-- What a mail's Message-ID ends in: the sender's domain as it was accepted, so that retries and other accounts do not change it.
alter table relay.deliveries add column message_domain text;
