"""Sentences in twelve languages: abbreviations, initials, ordinals and figures in them, and ends behind such."""

import pytest

from rag.text.sentences import sentence_spans

# Sentences apart by a bar.
PROBES = {
    "en": [
        "It weighs approx. 3 kg.|It is blue.",
        "Qty. 4 was sent to Rm. 12 on Monday.|Nobody was there.",
        "Rm. Holbein is closed.|Rm. 12 is open.",
        "We meet at 9 a.m. Monday in the hall.|Bring a pen.",
        "We meet at 9 a.m.|The hall is open.",
        "The shop shuts at 5 p.m.|It opens at eight.",
        "See Fig. 3 and No. 5, i.e. the last ones, e.g. Basel.|They are small.",
        "Dr. A. B. Hall met Mr. Lee vs. Ms. Ray.|They left.",
        "It cost $4.20, approx. Then it rose.",
        "J. R. R. Tolkien wrote it in 1937.|It sold well.",
        "Attn. Mary Hall, Apt. 7, Dept. Sales.|Please reply.",
        "The U.S. economy grew by 2.5 percent.|Prices fell.",
        "They asked me.|Ray was ill.|June came.",
        "There were 5.|June was warm.",
        "She won in May.|June was warm.",
    ],
    "de": [
        "Der Liefertermin ist der 3. März 2025.|Die Prüfung findet am 29. Juli 2026 um 10 Uhr in Raum Nr. 14 statt.",
        "Auf dem Markt gibt es Lebensmittel wie z. B. Brot und Butter.|Sie sind frisch.",
        "Auf dem Markt gibt es Lebensmittel wie z.B. Äpfel und Öl.|Sie sind frisch.",
        "Gemäß § 5 Abs. 2 beträgt die Gebühr ca. 80 Euro.|Sie ist fällig.",
        "Geschäftsführer ist Dipl.-Ing. H. P. Krause.|Er wohnt in Ulm.",
        "Die Firma gehört zur Holding d. h. der Nordwerk AG.|Sie ist groß.",
        "Das Büro liegt in der Hauptstr. 5 neben der Bahnhofstr. Ecke Markt.|Es ist offen.",
        "Im 19. Jahrhundert lebte er am 2. Kanal.|Dann zog er fort.",
        "Das gilt für die 1. und 2. Klasse.|Alle anderen warten.",
        "Die Zahl stieg auf 25.|Danach fiel sie.",
        "Wir kommen am Mo., den 3. November, an.|Bis dann.",
        "Das ist meine Art.|Ich mag das so.|Und du?",
        "Fragen beantwortet Frau Dr. med. Anna Groß, Tel. 030 123.|Sie hilft gern.",
        "Sie brachte Brot, Käse usw.|Danach aßen alle.",
        "Bitte Rechnungs-Nr. AB12 angeben.|Vielen Dank.",
        "Ludwig XIV. war König.|Er starb 1715.",
        "Der Preis beträgt 1.250,50 Euro inkl. MwSt. und Versand.|Er gilt bis zum 31. Dez. 2026.",
    ],
    "fr": [
        "Prenez des fruits, p. ex. une pomme.|Lavez-les.",
        "Mme. Durand et M. Martin habitent av. Foch.|Ils sont voisins.",
        "Voir l'art. 5, al. 2, p. 12 et fig. 3.|Tout y est.",
        "Le prix est d'env. 30 euros, c.-à-d. trop.|Il baisse.",
        "Il aime l'art.|Elle aime le col.|Puis ils partent.",
        "Écrivez au Dr. Petit, tél. 01 23 45.|Elle répond.",
        "Le vol.|À midi, il pleut.",
    ],
    "es": [
        "El Sr. García vive en la calle Mayor, núm. 5.|La Sra. López también.",
        "Traiga fruta, p. ej. Manzanas.|Gracias.",
        "Véase la pág. 12 y la fig. 3.|Está claro.",
        "Cuesta aprox. 30 euros, según el art. 4.|Es caro.",
        "La Dra. Ruiz y el Lic. Pérez llegan a las 9 a. m. del lunes.|Los demás, después.",
        "Vino el día 3.|Marzo fue frío.",
        "El mar.|El sol.",
    ],
    "it": [
        "Il sig. Rossi e la dott.ssa Bianchi abitano in v.le Roma n. 5.|Sono vicini.",
        "Vedi art. 5, pag. 12 e fig. 3.|Tutto è lì.",
        "Porta della frutta, p. es. Mele.|Grazie.",
        "L'ing. Verdi lavora per la ditta F.lli Neri.|Lui è bravo.",
        "Costa ca. 30 euro.|È caro.",
        "Sì, lo è.|Poi andiamo.",
    ],
    "nl": [
        "Neem fruit mee, bv. Appels of peren.|Dank je.",
        "Op de markt is o.a. Gouda te koop, d.w.z. kaas.|Hij is lekker.",
        "Dhr. Jansen en mevr. De Vries wonen Kerkstr. 5.|Zij zijn buren.",
        "Het kost ca. 30 euro, vgl. art. 5 lid 2.|Dat is veel.",
        "Ir. P. de Boer komt op 3 maart om 10.30 uur.|Hij blijft kort.",
        "Hij zag mij.|Toen ging hij.",
    ],
    "pt": [
        "O Sr. Silva mora na Av. Brasil, n.º 5.|A Sra. Costa também.",
        "Traga fruta, p. ex. Maçãs.|Obrigado.",
        "Ver pág. 12, art. 4 e fig. 3.|Está tudo lá.",
        "Custa aprox. 30 euros, segundo o Dr. Pinto.|É caro.",
        "O eng. Sousa e a profa. Lima chegaram.|Ela é de Faro.",
        "São dez.|Depois vêm mais.",
        "É o que é.|Vamos.",
    ],
    "da": [
        "Mødet er den 29. juli 2026 kl. 10.30 i lokale nr. 14.|Alle er velkomne.",
        "Der sælges frugt, f.eks. Æbler og pærer.|De er friske.",
        "Prisen er ca. 80 kr. pr. person.|Børn er gratis.",
        "Prisen er 80 kr.|Børn er gratis.",
        "Den 3. Marts og d. 4. Plads er ledige.|De er dyre.",
        "Hr. Holm og fr. Juhl kommer bl.a. Mandag, jf. § 5, stk. 2.|De bor her.",
        "Det er en ny art.|Den er lille.",
        "Han kom ind som nr. 25.|Derefter gik han.",
    ],
    "no": [
        "Møtet er 17. mai 2026 kl. 10.30 i rom nr. 14.|Alle er velkomne.",
        "Vi selger frukt, f.eks. Epler og pærer.|De er ferske.",
        "Prisen er ca. 80 kr.|Barn er gratis.",
        "Det er den 2. Utgaven, jf. kap. 4.|Den er ny.",
    ],
    "sv": [
        "Mötet är den 3. Mars kl. 10.30 i rum nr 14.|Alla är välkomna.",
        "Vi säljer frukt, t.ex. Äpplen och päron.|De är färska.",
        "Priset är ca. 80 kr.|Barn går gratis.",
        "Boken är min.|Den är ny.",
        "Han kör bil.|Hon går.",
    ],
    "fi": [
        "Kokous on 3. maaliskuuta 2026 klo 10.30 huoneessa nro. 14.|Kaikki ovat tervetulleita.",
        "Myymme hedelmiä, esim. Omenoita.|Ne ovat tuoreita.",
        "Hinta on n. 80 euroa.|Lapset pääsevät ilmaiseksi.",
    ],
    "is": [
        "Fundurinn er 3. mars 2026 kl. 10.30 í herbergi nr. 14.|Allir eru velkomnir.",
        "Verðið er u.þ.b. 80 krónur.|Börn fá frítt.",
    ],
}


@pytest.mark.parametrize(
    ("language", "probe"), [(language, probe) for language in PROBES for probe in PROBES[language]]
)
def test_a_sentence_ends_where_it_ends(language: str, probe: str) -> None:
    text = probe.replace("|", " ")
    assert [text[start:end] for start, end in sentence_spans(text, language)] == probe.split("|")
