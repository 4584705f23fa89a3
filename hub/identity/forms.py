"""Legal forms of companies, in the languages of the world: what they are called, and which of them exclude one another."""

from __future__ import annotations

from functools import cache

LIMITED, STOCK, PARTNERSHIP, SOLE, COOPERATIVE, NONPROFIT, HYBRID, ANY = (
    "limited", "stock", "partnership", "sole", "cooperative", "nonprofit", "hybrid", "any",
)  # fmt: skip
"""Kinds of companies. Two records that name forms of two kinds are two companies; `any` speaks for no kind."""

_FORMS: dict[str, str] = {
    LIMITED: """
        gmbh=gesellschaft mit beschrankter haftung, gesellschaft mbh, ges mbh, gesmbh, gmbh, mbh, g mbh, gm bh, ggmbh, gemeinnutzige gmbh
        ug=ug haftungsbeschrankt, ug, unternehmergesellschaft haftungsbeschrankt, unternehmergesellschaft
        ltd=limited, ltd, ltee, limitee, private limited, pvt ltd, pvt limited, private ltd, p ltd, pty ltd, pty limited, proprietary limited, proprietary ltd, pte ltd, pte limited, lmtd, cyf, cyfyngedig, teoranta, teo, limited company, company limited by guarantee, clg, designated activity company, dac, sendirian berhad, sdn bhd, t a ltd
        llc=llc, limited liability company, limited liability co, fz llc, fzllc, fze, fzco, fzc, wll, spc, limited liability partnership company, l l c
        sarl=sarl, sarlu, suarl, societe a responsabilite limitee, sprl, srl societe a responsabilite limitee, s a r l, sarl au, sagl
        eurl=eurl, entreprise unipersonnelle a responsabilite limitee
        srl=srl, srls, srlu, societa a responsabilita limitata, srl unipersonale, sociedad de responsabilidad limitada, s de rl de cv, s de rl, sdrl, srl de cv, soc a r l, societate cu raspundere limitata
        sl=sl, slu, slp, slne, sll, sociedad limitada, sociedad limitada unipersonal, sociedad limitada profesional
        lda=lda, limitada, unipessoal lda, sociedade unipessoal lda, ltda, ltda me, ltda epp, eireli, eireli me, unipessoal limitada
        bv=bv, besloten vennootschap, besloten vennootschap met beperkte aansprakelijkheid, bvba, besloten vennootschap met beperkte aansprakelijkheid bvba
        aps=aps, anpartsselskab, iv s, ivs
        oy=oy, ou, osauhing, osakeyhtio, oy ab, ab oy
        ab=ab, aktiebolag, aktiebolaget, handelsaktiebolag, privat aktiebolag
        asno=ehf, einkahlutafelag
        spzoo=sp z oo, spzoo, spolka z ograniczona odpowiedzialnoscia, spolka z oo, sp zoo, s z oo, sp z o o, spolka zoo
        sro=sro, spol s ro, spol sro, spolocnost s rucenim obmedzenym, spolecnost s rucenim omezenym, s r o, spolek s ro
        kft=kft, korlatolt felelossegu tarsasag
        doo=doo, jdoo, druzba z omejeno odgovornostjo, drustvo s ogranicenom odgovornoscu, d o o, dooel, drustvo sa ogranicenom odgovornoscu
        ood=ood, eood, druzhestvo s ogranichena otgovornost
        ooo=ooo, oooo, obshchestvo s ogranichennoy otvetstvennostyu, too, osoo, ocoo, tov, tovarystvo z obmezhenoyu vidpovidalnistyu, mchzh, mmc, shps, spe, pvt
        uab=uab, uzdaroji akcine bendrove, mb
        sia=sia, sabiedriba ar ierobezotu atbildibu
        ltdsti=ltd sti, limited sirketi, ltd sirketi, limited sti, san ve tic ltd sti, sanayi ve ticaret ltd sti, sanayi ve ticaret limited sirketi, tic ltd sti, tic ve san ltd sti, ticaret limited sirketi, san tic ltd sti, sanayi ticaret limited sirketi
        epe=epe, etaireia periorismenis efthynis, ike, idiotiki kefalaiouchiki etaireia, mono epe, monoprosopi epe, monoprosopi ike, eta periorismenis
        shpk=shpk, sh p k
        gk=godo kaisha, goudou gaisha, godo gaisha, gk
        yk=yugen kaisha, yugen gaisha, yk
        mis=baam, bam, b m, cc
        """,
    STOCK: """
        ag=ag, aktiengesellschaft, ag co, gag
        sa=sa, sociedad anonima, sociedade anonima, societe anonyme, sau, s a, sa nv, nv sa, soc an, saic, sacif, saci, saca, sac, saa, sas de cv, sociedad anonima cerrada, sociedad anonima abierta, sae, sal, sociedad anonima unipersonal, spolka akcyjna, sp akc, societate pe actiuni, sapa, societe anonyme marocaine, psc, pjsc, qpsc, qsc, ksc, kscc, bsc, saog, saoc, saok, jsc, cjsc, ojsc, public joint stock company, joint stock company
        sadecv=sa de cv, sab de cv, sapi de cv, s a de c v, sociedad anonima de capital variable, sab, sapi
        spa=spa, societa per azioni, sociedad por acciones, sapa
        plc=plc, public limited company, ccc, cwmni cyfyngedig cyhoeddus, pcl, public company limited, public co ltd, bhd, berhad, tbk, pt tbk
        nv=nv, naamloze vennootschap
        se=se, societas europaea
        abpubl=ab publ, publikt aktiebolag, publ
        as=asa, allmennaksjeselskap, aktieselskab, aktieselskabet, aksjeselskapet, aksjeselskap, a s, as, p s, akciova spolecnost, akciova spolocnost, akc spol, aktsiaselts, akciju sabiedriba
        oyj=oyj, julkinen osakeyhtio, oyj abp, abp
        hf=hf, hlutafelag, ohf
        anonimsirketi=anonim sirketi, anonim sti, a s turkiye, san ve tic as, sanayi ve ticaret as, sanayi ve ticaret anonim sirketi, sanayi ticaret as, tic as, san tic as, ticaret as
        zrt=zrt, nyrt, rt, zartkoruen mukodo reszvenytarsasag, nyilvanosan mukodo reszvenytarsasag, reszvenytarsasag
        dd=dd, dionicko drustvo, delniska druzba, akcionarsko drustvo
        ad=ad, ead, aktsionerno druzhestvo, eadd
        ao=ao, oao, pao, zao, nao, ooao, otkrytoe aktsionernoe obshchestvo, aktsionernoe obshchestvo, zakrytoe aktsionernoe obshchestvo, publichnoe aktsionernoe obshchestvo, at, prat, pat, vat, zat, aktsionerne tovarystvo, tao
        ae=ae, anonymi etaireia, anonymos etaireia, abee, aebe, aee, ave
        kk=kabushiki kaisha, kabushiki gaisha, kabushikigaisha, kabushikikaisha, kk, k k
        jusik=jusik hoesa, jusikhoesa, chusik hoesa, jusik hoisa, gufen youxian gongsi, gufen, cong ty co phan, ctcp, cp
        ab2=akcine bendrove
        sas=sas, sasu, societe par actions simplifiee, societe par actions simplifiee unipersonnelle, sociedad por acciones simplificada
        """,
    PARTNERSHIP: """
        kg=kg, kommanditgesellschaft, kg gmbh co
        gmbhcokg=gmbh co kg, gmbh co kommanditgesellschaft, gmbh cokg, gmbhco kg, gmbh co, gmbhcokg, gmbh u co kg, gmbh co ohg, gmbh cie kg, mbh co kg, ag co kg, se co kg, ug co kg, ug haftungsbeschrankt co kg, gesellschaft mbh co kg, gesmbh co kg
        kgaa=kgaa, kommanditgesellschaft auf aktien, ag co kgaa, gmbh co kgaa, se co kgaa
        ohg=ohg, offene handelsgesellschaft, og, offene gesellschaft, gbr, gesellschaft burgerlichen rechts, egbr, gesbr, partg, partg mbb, partgmbb
        llp=llp, limited liability partnership, lp, limited partnership, lllp, general partnership, slp, commanditaire vennootschap, cv
        snc=snc, societe en nom collectif, societa in nome collettivo, sociedad colectiva, s en c, scs, scsp, societe en commandite simple, societe en commandite par actions, sociedad en comandita, sas di, vof, vennootschap onder firma, comm v, gcv, scomm
        hb=hb, handelsbolag, kb, kommanditbolag, ks, k s, is, i s, da, ans, ansvarlig selskap, interessentskab, ky, kommandiittiyhtio, ay, avoin yhtio, tu, usaldusuhing
        spk=sp k, spk, spolka komandytowa, sp komandytowa, sp z oo sp k, sp z oo spk, sp zoo spk, spzoo spk, spzoo sp k, sp j, spj, spolka jawna, sp z oo spolka komandytowa, s k a, ska, sp p
        vos=vos, v o s, verejna obchodni spolecnost, ks cz, komanditni spolecnost
        bt=bt, beteti tarsasag, kkt
        kd=kd, k d, dno, jtd
        oe=oe, omorrythmos etaireia, ee, eterorrythmos etaireia
        """,
    SOLE: """
        ek=ek, e k, eingetragener kaufmann, e kfm, ekfm, e kfr, inh, inhaber, inhaberin, einzelunternehmen, einzelfirma
        ei=ei, eirl, entreprise individuelle, auto entrepreneur, empresario individual, ditta individuale, impresa individuale, mei, tmi, toiminimi, enskild firma, enkeltmandsvirksomhed, enkeltpersonforetak, eenmanszaak, ip, fop, chp, pfa, jdg, osvc, sole trader, sole proprietor, sole proprietorship, firma jednoosobowa, individualnyy predprinimatel, obrt, sp slovenia, fie
        """,
    COOPERATIVE: """
        eg=eg, e g, eingetragene genossenschaft, genossenschaft, egen, egmbh, cooperative, coop, co op, scoop, soc coop, societa cooperativa, sociedad cooperativa, s coop, societe cooperative, scop, cooperativa, osuuskunta, osk, ekonomisk forening, andelsselskab, amba, spoldzielnia, druzstvo, cvba, ua, sce, coopl
        """,
    NONPROFIT: """
        ev=ev, e v, eingetragener verein, verein, association loi 1901, asbl, vzw, aisbl, ivzw, onlus, aps onlus, stichting, foundation, stiftung, fondation, fondazione, fundacion, fundacao, fundacja, saatio, cic, community interest company, ry, forening
        """,
    HYBRID: """
        gie=gie, geie, eeig, ewiv, sem, sci, scpi, selarl, selas, scm, scea, gaec, earl, ute, ute ley, ace, agrupamento complementar de empresas, pllc, pc, professional corporation, ulc, unlimited company, unlimited, anstalt, korperschaft, adoer, aor, kdor, gobierno, eigenbetrieb
        """,
    ANY: """
        coltd=co ltd, company limited, co limited, coltd, co pte ltd, yuhan hoesa, yuhan hoisa, youxian gongsi, youxian zeren gongsi, gongsi, cong ty tnhh, cong ty trach nhiem huu han, tnhh, mtv, mot thanh vien, borisat chamkat, cong ty tnhh mtv, cong ty tnhh mot thanh vien
        pt=pt, persero, perum
        inc=inc, incorporated, incorporation, incorporee, icnc, incorp
        corp=corp, corporation, corpn, corporacion, corporacao
        co=co, company, cie, compagnie, comp, compania, cia, coy, companies, ca, compania anonima
        pa=pa, apc
        sca=sca, sc, sccl, scrl
        eu=eu
        soc=soc, societe, societa, sociedad, sociedade, ste, firma, fa, firm, ets, etablissements, etab, spolka, gesellschaft, vennootschap, societate, tovarystvo, sirketi, sti, ges, messrs, hoesa, kaisha, gaisha, the, phu, pphu, fhu, zphu, przedsiebiorstwo, przedsiebiorstwo handlowo uslugowe, przedsiebiorstwo produkcyjno handlowo uslugowe, przedsiebiorstwo handlowe, firma handlowa, firma handlowo uslugowa, zaklad, ditta
        ind=sanayi ve ticaret, san ve tic, tic ve san, ticaret ve sanayi, san tic, sanayi ticaret, reg, regd, registered, sc ro, zeren
        """,
}  # fmt: skip

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("有限责任公司", "coltd"), ("有限責任公司", "coltd"), ("股份有限公司", "jusik"), ("股份公司", "jusik"), ("有限公司", "coltd"),
    ("集团公司", "coltd"), ("株式会社", "kk"), ("㈱", "kk"), ("(株)", "kk"), ("（株）", "kk"), ("有限会社", "yk"), ("㈲", "yk"), ("(有)", "yk"),
    ("（有）", "yk"), ("合同会社", "gk"), ("合資会社", "llp"), ("合名会社", "snc"), ("주식회사", "jusik"), ("㈜", "jusik"), ("(주)", "jusik"),
    ("（주）", "jusik"), ("유한회사", "coltd"), ("유한책임회사", "coltd"), ("(유)", "coltd"), ("公司", "co"), ("会社", "co"),
    ("股份", "jusik"), ("จำกัด (มหาชน)", "plc"), ("บริษัท", "co"), ("จำกัด", "coltd"), ("ห้างหุ้นส่วน", "llp"),
    ("בע\"מ", "mis"), ("בע״מ", "mis"), ("בעמ", "mis"), ("ש.מ.מ", "sarl"),
    ("ذ.م.م", "llc"), ("ش.م.م", "sa"), ("ش.م.ع", "sa"), ("م.م.ح", "llc"), ("ش.م.ل", "sa"), ("ش.ذ.م.م", "llc"), ("شركة", "co"),
    ("მპს", "ooo"), ("შპს", "ooo"), ("სს", "ao"), ("ՍՊԸ", "ooo"), ("ՓԲԸ", "ao"),
    ("общество с ограниченной ответственностью", "ooo"), ("публичное акционерное общество", "ao"),
    ("открытое акционерное общество", "ao"), ("закрытое акционерное общество", "ao"), ("акционерное общество", "ao"),
    ("индивидуальный предприниматель", "ei"), ("товариство з обмеженою відповідальністю", "ooo"),
    ("ανώνυμη εταιρεία", "ae"), ("ανώνυμη εταιρία", "ae"), ("प्राइवेट लिमिटेड", "ltd"), ("लिमिटेड", "ltd"),
)  # fmt: skip
"""Forms in scripts whose words are not set apart by blanks, or that are lost in transliteration."""

FIRST = frozenset(
    "aktiebolaget ooo oao zao pao ao nao too ip tov fop prat pat at uab sia as ab pt cv ou cong ty sc sarl ets etablissements ste "
    "societe firma fa spolka stichting fundacja messrs the ad et dooel osoo kabushiki jusik compagnie cie compania cia "
    "societa soc associazione verein kk gk cooperativa chp phu pphu fhu zphu przedsiebiorstwo zaklad ditta impresa sa sas eurl snc sprl".split()
)
"""First words that may begin a form which stands before the name."""

ANYWHERE = frozenset(
    "gmbh gmbhcokg kgaa ohg llc sarl spa srl spzoo sro kft doo ltd coltd eurl plc bv oyj sadecv ltdsti anonimsirketi uab "
    "ood ooo eg".split()
)
"""Forms of several letters that no name has as a word: found in the middle, too (`Alfa GmbH Niederlassung Ulm`)."""

_SLIPS = {
    "gmbh": "gmbh", "limited": "ltd", "corporation": "corp", "incorporated": "inc", "company": "co", "aktiengesellschaft": "ag",
    "aktiebolag": "ab", "osakeyhtio": "oy", "gesmbh": "gmbh",
}  # fmt: skip
"""Long forms that are recognised with one or two slips in them."""


_DOTTED = {
    "sarl": "sarl", "srl": "srl", "spa": "spa", "gmbh": "gmbh", "sro": "sro", "doo": "doo", "eurl": "eurl", "sasu": "sas", "plc": "plc", "llc": "llc",
    "sas": "sas", "snc": "snc", "kgaa": "kgaa", "ohg": "ohg",
}  # fmt: skip


@cache
def phrases() -> dict[tuple[str, ...], str]:
    """Words of a form as a tuple -> its code."""
    found: dict[tuple[str, ...], str] = {}
    for word, code in _DOTTED.items():  # `S.à r.l.`, `S. p.A.`: dots and blanks fall anywhere
        found |= {(word[:place], word[place:]): code for place in range(1, len(word))}
    for text in _FORMS.values():
        for line in text.strip().splitlines():
            code, _, variants = line.strip().partition("=")
            for variant in variants.split(","):
                found.setdefault(tuple(variant.split()), code)
    return found


@cache
def _begun() -> dict[tuple[str, ...], list[tuple[str, str]]]:
    """Beginnings of forms, the last word by its first letters alone -> that word as a whole, and the form's code."""
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for words, code in phrases().items():
        for size in range(1, len(words) + 1):
            if len(words[size - 1]) > _SURE:
                found.setdefault((*words[: size - 1], words[size - 1][:_SURE]), []).append((words[size - 1], code))
    return found


_SURE = 4
"""Letters that tell the beginning of a word of a form."""


def cut_off(words: list[str]) -> tuple[int, str] | None:
    """How many of the last words are a form that the end of the field cut off (`ug haftungsbeschr`), and its code."""
    for size in range(min(longest(), len(words) - 1), 0, -1):
        last = words[-1]
        for whole, code in _begun().get((*words[-size:-1], last[:_SURE]), ()):
            if len(last) >= (_SURE if size > 1 else _SURE + 2) and whole.startswith(last) and whole != last:
                return size, code
    return None


@cache
def dotted_with_slips(word: str) -> str | None:
    """The form that a few single letters mean although one of them is wrong (`L.b.C.`)."""
    for right, code in (*_DOTTED.items(), ("ltd", "ltd"), ("inc", "inc")):
        if len(right) == len(word) and sum(one != two for one, two in zip(word, right, strict=True)) == 1:
            return code
    return None


@cache
def kinds() -> dict[str, str]:
    """Code of a form -> its kind."""
    return {line.strip().partition("=")[0]: kind for kind, text in _FORMS.items() for line in text.strip().splitlines()}


@cache
def longest() -> int:
    return max(map(len, phrases()))


def in_script(text: str) -> tuple[str, list[str]]:
    """The text without forms in scripts that need no blanks, and their codes."""
    found: list[str] = []
    for written, code in _SCRIPTS:
        if written in text:
            text = text.replace(written, " ")
            found.append(code)
    return text, found


@cache
def with_slips(word: str) -> str | None:
    """The form that a word means although it is misspelt; None where it is none."""
    from rapidfuzz.distance import OSA

    for right, code in _SLIPS.items():
        allowed = 1 if len(right) < 8 else 2
        if word[0] == right[0] and abs(len(word) - len(right)) <= allowed and OSA.distance(word, right) <= allowed:
            return code
    return None
